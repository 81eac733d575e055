using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Transforms;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The classifiers that read a vectorized model, and how they are judged. Each uses one thread: pairs are fitted side by side.</summary>
/// <param name="ml">The context.</param>
/// <param name="seed">Of the shuffled labels.</param>
/// <param name="shuffles">How many times labels are shuffled for a mean.</param>
internal sealed class OriginClassifiers(MLContext ml, int seed, int shuffles)
{
    public const string Trees = "FastTree";

    public const string Regression = "LbfgsLogisticRegression";

    public const string MaximumEntropy = "LbfgsMaximumEntropy";

    public static readonly string[] Names = [Trees, Regression];

    /// <summary>The trainers that the command line names.</summary>
    /// <exception cref="ArgumentException">It names another.</exception>
    public static string[] Parse(string text) => text == "all"
        ? Names
        : [.. text.Split(',').Select(name => Names.FirstOrDefault(known => Short(known) == name)
            ?? throw new ArgumentException($"'{name}' is no classifier; known are {string.Join(", ", Names.Select(Short))}, all."))];

    // Few models have many features: a tree that sees some of them, in a few bins each, is better and many times faster than one that sees all.
    private const int Bins = 16;
    private const double FeaturesOfATree = 256;

    /// <summary>Fits normalize → classify to vectorized models.</summary>
    public ITransformer Fit(string name, IReadOnlyList<OriginRow> train) => Create(name, train).Fit(View(train));

    /// <summary>What ML.NET's evaluator says of a classifier.</summary>
    public CalibratedBinaryClassificationMetrics Evaluate(ITransformer classifier, IReadOnlyList<OriginRow> test) =>
        ml.BinaryClassification.Evaluate(classifier.Transform(View(test)), ZooColumns.Origin);

    /// <summary>95% intervals of what the evaluator says, over test models.</summary>
    public (double[] Precision, double[] Recall, double[] Auc) Intervals(ITransformer classifier, IReadOnlyList<OriginRow> test)
    {
        IDataView scored = classifier.Transform(View(test));
        return OriginIntervals.Of(
            [.. scored.GetColumn<bool>(ZooColumns.Origin)], [.. scored.GetColumn<float>("Score")], [.. scored.GetColumn<bool>("PredictedLabel")], seed);
    }

    /// <summary>A classifier's name where there is little room.</summary>
    public static string Short(string name) => name switch { Trees => "trees", Regression => "logistic", _ => name };

    /// <summary>Fits to all classes at once and judges on other models.</summary>
    public MulticlassClassificationMetrics EvaluateAllClasses(IReadOnlyList<OriginRow> train, IReadOnlyList<OriginRow> test)
    {
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = ZooColumns.OriginClass,
            FeatureColumnName = ZooColumns.Features,
            L1Regularization = 0,
            L2Regularization = Penalty(train),
            NumberOfThreads = 1,
        };
        // Keys are made of the class numbers, so that the trainer knows how many there are.
        ITransformer classifier = ml.Transforms.Conversion.MapValueToKey(ZooColumns.OriginClass)
            .Append(Normalize())
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options))
            .Fit(View(train));
        return ml.MulticlassClassification.Evaluate(classifier.Transform(View(test)), ZooColumns.OriginClass);
    }

    /// <summary>The share of the class that most training models have, among the test models.</summary>
    public static double MajorityBaseline(IReadOnlyCollection<OriginRow> train, IReadOnlyCollection<OriginRow> test)
    {
        bool majority = 2 * train.Count(row => row.Origin) > train.Count;
        return test.Count(row => row.Origin == majority) / (double)test.Count;
    }

    /// <summary>
    /// Mean AUC of classifiers that were fitted to shuffled training labels: what the same procedure gives where there is nothing to learn.
    /// Labels are shuffled within the true classes, so that each keeps as many of either label: a label then says nothing of the class.
    /// </summary>
    public double ShuffledAuc(string name, IReadOnlyList<OriginRow> train, IReadOnlyList<OriginRow> test)
    {
        IDataView testView = View(test);
        var random = new Random(seed);
        IDataView[] shuffled = [.. Enumerable.Range(0, shuffles).Select(_ => View(Shuffle(train, random)))];
        double[] areas = new double[shuffles];
        // A single pair of classes has nothing else for the other cores to do.
        Parallel.For(0, shuffles, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            areas[i] = ml.BinaryClassification.EvaluateNonCalibrated(Create(name, train).Fit(shuffled[i]).Transform(testView), ZooColumns.Origin).AreaUnderRocCurve);
        return areas.Average();
    }

    /// <summary>How much the splits by each feature gained in a classifier of trees, in shares of all; empty for another classifier.</summary>
    public static double[] Gains(ITransformer classifier, int features)
    {
        if (classifier is not TransformerChain<BinaryPredictionTransformer<CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>>> chain)
            return [];
        double[] gains = new double[features];
        foreach (RegressionTree tree in chain.LastTransformer.Model.SubModel.TrainedTreeEnsemble.Trees)
        {
            for (int node = 0; node < tree.NumberOfNodes; node++)
                gains[tree.NumericalSplitFeatureIndexes[node]] += tree.SplitGains[node];
        }

        double sum = Math.Max(gains.Sum(), double.Epsilon);
        return Array.ConvertAll(gains, gain => gain / sum);
    }

    private IEstimator<ITransformer> Create(string name, IReadOnlyList<OriginRow> train) => name == Trees
        ? Normalize().Append(ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            LabelColumnName = ZooColumns.Origin,
            FeatureColumnName = ZooColumns.Features,
            NumberOfLeaves = 8,
            NumberOfTrees = 100,
            MinimumExampleCountPerLeaf = 3,
            LearningRate = 0.2,
            MaximumBinCountPerFeature = Bins,
            FeatureFraction = Math.Min(1, FeaturesOfATree / train[0].Features.Length),
            NumberOfThreads = 1,
        }))
        : Normalize().Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
        {
            LabelColumnName = ZooColumns.Origin,
            FeatureColumnName = ZooColumns.Features,
            // Features tell together, each a little: a penalty that leaves most of them out loses by it.
            L1Regularization = 0,
            L2Regularization = Penalty(train),
            NumberOfThreads = 1,
        }));

    /// <summary>
    /// ML.NET's own penalty, 1, or as much less as features outnumber models. With fewer features than models it keeps weights from
    /// fitting noise. With more, a plane parts the classes anyway; the larger the penalty, the further inside its margin the training
    /// models lie, where all of them pull at it, and at the threshold, and not only those by the border.
    /// </summary>
    internal static float Penalty(IReadOnlyList<OriginRow> train) => Math.Min(1, train.Count / (float)train[0].Features.Length);

    private NormalizingEstimator Normalize() => ml.Transforms.NormalizeMeanVariance(ZooColumns.Features, fixZero: false);

    private IDataView View(IReadOnlyList<OriginRow> rows)
    {
        var schema = SchemaDefinition.Create(typeof(OriginRow));
        schema[ZooColumns.Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static OriginRow[] Shuffle(IReadOnlyList<OriginRow> rows, Random random)
    {
        var shuffled = new List<OriginRow>(rows.Count);
        bool first = false;
        foreach (IGrouping<bool, OriginRow> group in rows.GroupBy(row => row.Origin))
        {
            OriginRow[] members = [.. group];
            bool[] labels = [.. members.Select((_, i) => (i % 2 == 0) == first)];
            random.Shuffle(labels);
            shuffled.AddRange(members.Zip(labels, (row, label) => row with { Origin = label }));
            // Where a class is odd in number, the other takes the label that is one short.
            first = !first;
        }

        return [.. shuffled];
    }
}
