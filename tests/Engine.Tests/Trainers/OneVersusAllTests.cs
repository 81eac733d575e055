using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>How one-versus-all trains: which rows, and how often.</summary>
public sealed class OneVersusAllTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void RowsWithoutAClassCountAgainstEveryClass()
    {
        var data = Classes(missing: 4);
        var model = _ml.MulticlassClassification.Trainers.OneVersusAll(
            _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Class"), "Class", useProbabilities: false).Fit(data);
        var second = _ml.Transforms.CustomMapping<Row, IsSecond>((row, result) => result.Label = row.Class == 2, null).Fit(data).Transform(data);
        var binary = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(second);

        Assert.Equal(
            TrainerData.Column(binary.Transform(second), "Score"), model.Transform(data).GetColumn<float[]>("Score").Select(scores => scores[1]));
    }

    [Fact]
    public void ATrainerGoesOnDrawingFeaturesFromFitToFit()
    {
        var data = TrainerData.Table(_ml, TrainerData.Make(60, 2, seed: 1));
        var trainer = Forest("Label");

        // Of two features, the default seed draws none for the first two trees.
        Assert.Empty(trainer.Fit(data).Model.TrainedTreeEnsemble.Trees);
        Assert.Equal(2, trainer.Fit(data).Model.TrainedTreeEnsemble.Trees.Count);
    }

    [Fact]
    public void TheFirstClassIsTheSecondFit()
    {
        var data = Classes(missing: -1);
        var first = _ml.Transforms.CustomMapping<Row, IsSecond>((row, result) => result.Label = row.Class == 1, null).Fit(data).Transform(data);
        var trainer = Forest("Label");
        trainer.Fit(first);
        var expected = TrainerData.Column(trainer.Fit(first).Transform(first), "Score");

        var scores = _ml.MulticlassClassification.Trainers.OneVersusAll(Forest("Class"), "Class", useProbabilities: false).Fit(data).Transform(data);

        Assert.Equal(expected, scores.GetColumn<float[]>("Score").Select(row => row[0]));
    }

    private FastForestBinaryTrainer Forest(string label) => new MLContext(1).BinaryClassification.Trainers.FastForest(
        new FastForestBinaryTrainer.Options { LabelColumnName = label, NumberOfTrees = 2, MinimumExampleCountPerLeaf = 3 });

    // Classes are given as 0, 1, 2, and read as keys from 1; 3 is beyond them, and so no class.
    private IDataView Classes(int missing)
    {
        var random = new Random(3);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 90).Select(i => new Row
        {
            Class = missing > 0 && i % missing == 0 ? 3u : (uint)(i % 3),
            Features = [(i % 3) + random.NextSingle(), random.NextSingle()],
        }).ToArray());
    }

    private sealed class Row
    {
        [KeyType(3)]
        public uint Class { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class IsSecond
    {
        public bool Label { get; set; }
    }
}
