using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The classifiers that read a vectorized model, and how they are judged.</summary>
/// <param name="ml">The context.</param>
/// <param name="seed">Of the shuffled labels.</param>
/// <param name="shuffles">How many times labels are shuffled for a mean.</param>
internal sealed class OriginClassifiers(MLContext ml, int seed, int shuffles)
{
    public static readonly string[] Names = ["FastTree", "LbfgsLogisticRegression"];

    /// <summary>Fits normalize → classify to vectorized models.</summary>
    public ITransformer Fit(string name, IReadOnlyList<OriginRow> train) => Create(name).Fit(View(train));

    /// <summary>What ML.NET's evaluator says of a classifier.</summary>
    public CalibratedBinaryClassificationMetrics Evaluate(ITransformer classifier, IReadOnlyList<OriginRow> test) =>
        ml.BinaryClassification.Evaluate(classifier.Transform(View(test)), ZooColumns.Origin);

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
        double sum = 0;
        for (int shuffle = 0; shuffle < shuffles; shuffle++)
        {
            IDataView trainView = View(Shuffle(train, random));
            ITransformer model = Create(name).Fit(trainView);
            sum += ml.BinaryClassification.EvaluateNonCalibrated(model.Transform(testView), ZooColumns.Origin).AreaUnderRocCurve;
        }

        return sum / shuffles;
    }

    private IEstimator<ITransformer> Create(string name)
    {
        var normalize = ml.Transforms.NormalizeMeanVariance(ZooColumns.Features, fixZero: false);
        return name == "FastTree"
            ? normalize.Append(ml.BinaryClassification.Trainers.FastTree(
                ZooColumns.Origin, ZooColumns.Features, numberOfLeaves: 8, numberOfTrees: 100, minimumExampleCountPerLeaf: 3, learningRate: 0.2))
            : normalize.Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(ZooColumns.Origin, ZooColumns.Features));
    }

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
