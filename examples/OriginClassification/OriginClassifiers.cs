using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The classifiers that read a vectorized model, and how they are judged.</summary>
internal sealed class OriginClassifiers(MLContext ml, int seed)
{
    private const int Shuffles = 10;

    public static readonly string[] Names = ["FastTree", "LbfgsLogisticRegression"];

    /// <summary>Normalize → classify, over a column of features.</summary>
    public IEstimator<ITransformer> Create(string name)
    {
        var normalize = ml.Transforms.NormalizeMeanVariance(ZooColumns.Features, fixZero: false);
        return name == "FastTree"
            ? normalize.Append(ml.BinaryClassification.Trainers.FastTree(
                ZooColumns.Origin, ZooColumns.Features, numberOfLeaves: 8, numberOfTrees: 100, minimumExampleCountPerLeaf: 3, learningRate: 0.2))
            : normalize.Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(ZooColumns.Origin, ZooColumns.Features));
    }

    /// <summary>The share of the class that most training models have, among the test models.</summary>
    public static double MajorityBaseline(IReadOnlyCollection<bool> train, IReadOnlyCollection<bool> test)
    {
        bool majority = 2 * train.Count(label => label) > train.Count;
        return test.Count(label => label == majority) / (double)test.Count;
    }

    /// <summary>
    /// Mean AUC of classifiers that were fitted to shuffled training labels: what the same procedure gives where there is nothing to learn.
    /// Labels are shuffled within the true classes, so that each keeps as many of either label: a label then says nothing of the class.
    /// </summary>
    public double ShuffledAuc(string name, IReadOnlyList<FeatureRow> train, IReadOnlyList<FeatureRow> test)
    {
        IDataView testView = View(test);
        var random = new Random(seed);
        double sum = 0;
        for (int shuffle = 0; shuffle < Shuffles; shuffle++)
        {
            IDataView trainView = View(Shuffle(train, random));
            ITransformer model = Create(name).Fit(trainView);
            sum += ml.BinaryClassification.EvaluateNonCalibrated(model.Transform(testView), ZooColumns.Origin).AreaUnderRocCurve;
        }

        return sum / Shuffles;
    }

    /// <summary>The rows' features and labels, taken out of a view.</summary>
    public static FeatureRow[] Rows(IDataView view) =>
    [
        .. view.GetColumn<float[]>(ZooColumns.Features)
            .Zip(view.GetColumn<bool>(ZooColumns.Origin), (features, origin) => new FeatureRow { Features = features, Origin = origin }),
    ];

    private IDataView View(IReadOnlyList<FeatureRow> rows)
    {
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[ZooColumns.Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static FeatureRow[] Shuffle(IReadOnlyList<FeatureRow> rows, Random random)
    {
        var shuffled = new List<FeatureRow>(rows.Count);
        bool first = false;
        foreach (IGrouping<bool, FeatureRow> group in rows.GroupBy(row => row.Origin))
        {
            FeatureRow[] members = [.. group];
            bool[] labels = [.. members.Select((_, i) => (i % 2 == 0) == first)];
            random.Shuffle(labels);
            shuffled.AddRange(members.Zip(labels, (row, label) => new FeatureRow { Features = row.Features, Origin = label }));
            // Where a class is odd in number, the other takes the label that is one short.
            first = !first;
        }

        return [.. shuffled];
    }
}
