using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>What trainers make of data that is empty, one-sided, constant, short, or not finite: never a hang, and never a model of NaN.</summary>
public sealed class BadInputTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string> Trainers => ["FastTree", "FastForest", "LbfgsLogisticRegression", "SdcaLogisticRegression", "FastTreeRegression", "FastForestRegression", "Sdca"];

    /// <summary>The official package's regression forest scores NaN where there is nothing to split; the stand-in scores the mean.</summary>
    public static TheoryData<string> TrainersThatNeedNoSplit => StandinFactAttribute.IsStandin
        ? Trainers
        : ["FastTree", "FastForest", "LbfgsLogisticRegression", "SdcaLogisticRegression", "FastTreeRegression", "Sdca"];

    [Theory, MemberData(nameof(Trainers))]
    public void RowsThatAreNotFiniteAreLeftOut(string trainer)
    {
        var rows = TrainerData.Make(60, 3, seed: 1);
        rows[0].Features[1] = float.NaN;
        rows[1].Features[0] = float.PositiveInfinity;
        rows[2].Features[2] = float.NegativeInfinity;
        var clean = TrainerData.Make(60, 3, seed: 1);

        CheckFinite(Fit(trainer, rows), clean);
    }

    [Theory, MemberData(nameof(Trainers))]
    public void OneClassOrOneTargetTrains(string trainer)
    {
        var rows = TrainerData.Make(40, 3, seed: 2);
        foreach (var row in rows)
            (row.Label, row.Target) = (true, 1);

        CheckFinite(Fit(trainer, rows), rows);
    }

    [Theory, MemberData(nameof(TrainersThatNeedNoSplit))]
    public void ConstantFeaturesTrain(string trainer)
    {
        var rows = TrainerData.Make(40, 3, seed: 3);
        foreach (var row in rows)
            row.Features = [1, 2, 3];

        CheckFinite(Fit(trainer, rows), rows);
    }

    [Theory, MemberData(nameof(TrainersThatNeedNoSplit))]
    public void OneRowTrains(string trainer)
    {
        var rows = TrainerData.Make(1, 3, seed: 4);

        CheckFinite(Fit(trainer, rows, iterations: 100), rows);
    }

    [Theory, MemberData(nameof(Trainers))]
    public void NoRowIsAnError(string trainer)
    {
        var error = Record.Exception(() => Fit(trainer, []));

        Assert.IsType<InvalidOperationException>(error);
    }

    [Theory, MemberData(nameof(Trainers))]
    public void OnlyNaNRowsIsAnError(string trainer)
    {
        var rows = TrainerData.Make(20, 3, seed: 5);
        foreach (var row in rows)
            row.Features[0] = float.NaN;

        Assert.IsType<InvalidOperationException>(Record.Exception(() => Fit(trainer, rows)));
    }

    [Theory]
    [InlineData("FastTree"), InlineData("FastForest"), InlineData("LbfgsLogisticRegression"), InlineData("FastTreeRegression"), InlineData("FastForestRegression")]
    public void AShortRowTrainsAsIfTheRestWereZeros(string trainer)
    {
        var rows = TrainerData.Make(60, 3, seed: 10);
        var padded = TrainerData.Make(60, 3, seed: 10);
        (rows[7].Features, padded[7].Features) = ([1, 2], [1, 2, 0]);
        (rows[9].Features, padded[9].Features) = ([], [0, 0, 0]);
        var table = TrainerData.Table(_ml, padded, 3);

        Assert.Equal(TrainerData.Column(Fit(trainer, padded).Transform(table), "Score"), TrainerData.Column(Fit(trainer, rows).Transform(table), "Score"));
    }

    [Theory]
    [InlineData("SdcaLogisticRegression"), InlineData("Sdca")]
    public void DualCoordinateAscentRefusesAShortRow(string trainer)
    {
        var rows = TrainerData.Make(60, 3, seed: 10);
        rows[7].Features = [1, 2];

        Assert.Throws<InvalidOperationException>(() => Fit(trainer, rows));
    }

    [Theory, MemberData(nameof(Trainers))]
    public void ALongRowIsAnError(string trainer)
    {
        var rows = TrainerData.Make(60, 3, seed: 10);
        rows[7].Features = [1, 2, 3, 4];

        Assert.ThrowsAny<Exception>(() => Fit(trainer, rows));
    }

    [Fact]
    public void ALearningRateOfZeroLearnsNothing()
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(60, 3, seed: 11), 3);

        Assert.All(TrainerData.Column(_ml.BinaryClassification.Trainers.FastTree(learningRate: 0).Fit(table).Transform(table), "Score"), score => Assert.Equal(0, score));
        Assert.All(TrainerData.Column(_ml.Regression.Trainers.FastTree("Target", learningRate: 0).Fit(table).Transform(table), "Score"), score => Assert.Equal(0, score));
    }

    [Fact]
    public void RowsWithoutATargetAreLeftOut()
    {
        var rows = TrainerData.Make(60, 3, seed: 6);
        rows[0].Target = float.NaN;
        rows[1].Target = float.PositiveInfinity;

        CheckFinite(Fit("FastTreeRegression", rows), rows);
        CheckFinite(Fit("Sdca", rows), rows);
    }

    [Fact]
    public void TooFewRowsGiveNoTreesAndAScoreOfZero()
    {
        var rows = TrainerData.Make(15, 3, seed: 7);
        var table = TrainerData.Table(_ml, rows);
        var model = _ml.BinaryClassification.Trainers.FastTree().Fit(table);

        Assert.Empty(model.Model.SubModel.TrainedTreeEnsemble.Trees);
        Assert.All(TrainerData.Column(model.Transform(table), "Score"), score => Assert.Equal(0, score));
        Assert.All(TrainerData.Column(model.Transform(table), "Probability"), chance => Assert.Equal(0.5f, chance));
    }

    [Fact]
    public void AMissingValueGoesRight()
    {
        var rows = TrainerData.Make(100, 1, seed: 8);
        var options = new FastTreeRegressionTrainer.Options { NumberOfTrees = 1, NumberOfLeaves = 2, LabelColumnName = "Target" };
        var model = _ml.Regression.Trainers.FastTree(options).Fit(TrainerData.Table(_ml, rows));
        var tree = model.Model.TrainedTreeEnsemble.Trees[0];

        float score = TrainerData.Column(model.Transform(TrainerData.Table(_ml, [new TrainRow { Features = [float.NaN] }])), "Score")[0];

        Assert.Equal((float)tree.LeafValues[~tree.RightChild[0]], score);
    }

    [Fact]
    public void ScoringAnotherNumberOfFeaturesIsAnError()
    {
        var model = _ml.BinaryClassification.Trainers.FastTree().Fit(TrainerData.Table(_ml, TrainerData.Make(60, 3, seed: 9)));
        var other = TrainerData.Table(_ml, TrainerData.Make(5, 4, seed: 9));

        Assert.ThrowsAny<Exception>(() => TrainerData.Column(model.Transform(other), "Score"));
    }

    [StandinFact]
    public void OptionsOutOfRangeAreRefusedByName()
    {
        static string? Parameter(Action make) => Assert.ThrowsAny<ArgumentException>(make).ParamName;

        Assert.Equal("NumberOfLeaves", Parameter(() => _ml.BinaryClassification.Trainers.FastTree(numberOfLeaves: 1)));
        Assert.Equal("LearningRate", Parameter(() => _ml.Regression.Trainers.FastTree(learningRate: double.NaN)));
        Assert.Equal("NumberOfTrees", Parameter(() => _ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 0)));
        Assert.Equal("L2Regularization", Parameter(() => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: -1)));
    }

    private ITransformer Fit(string trainer, List<TrainRow> rows, int? iterations = null)
    {
        var table = TrainerData.Table(_ml, rows, 3);
        var binary = _ml.BinaryClassification.Trainers;
        var regression = _ml.Regression.Trainers;
        return trainer switch
        {
            "FastTree" => binary.FastTree().Fit(table),
            "FastForest" => binary.FastForest().Fit(table),
            "LbfgsLogisticRegression" => binary.LbfgsLogisticRegression().Fit(table),
            "SdcaLogisticRegression" => binary.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = iterations ?? 200 }).Fit(table),
            "FastTreeRegression" => regression.FastTree("Target").Fit(table),
            "FastForestRegression" => regression.FastForest("Target").Fit(table),
            _ => regression.Sdca(new SdcaRegressionTrainer.Options { LabelColumnName = "Target", NumberOfThreads = 1, MaximumNumberOfIterations = iterations ?? 200 }).Fit(table),
        };
    }

    private void CheckFinite(ITransformer model, List<TrainRow> rows)
    {
        var scores = TrainerData.Column(model.Transform(TrainerData.Table(_ml, rows)), "Score");

        Assert.Equal(rows.Count, scores.Length);
        Assert.All(scores, score => Assert.True(float.IsFinite(score), $"{score}"));
    }
}
