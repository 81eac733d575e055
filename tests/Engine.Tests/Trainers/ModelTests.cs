using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Engine.Tests.Trainers;

/// <summary>Trained models through save and load, the same seed on other threads, and what trees say of themselves.</summary>
public sealed class ModelTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("FastTree")]
    [InlineData("FastForest")]
    [InlineData("Lbfgs")]
    [InlineData("FastTreeRegression")]
    [InlineData("FastForestRegression")]
    [InlineData("Sdca")]
    public void ALoadedModelScoresAsTheSavedOne(string trainer)
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(80, 4, seed: 1));
        ITransformer model = trainer switch
        {
            "FastTree" => _ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 5).Fit(table),
            "FastForest" => _ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 5).Fit(table),
            "Lbfgs" => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(table),
            "FastTreeRegression" => _ml.Regression.Trainers.FastTree("Target", numberOfTrees: 5).Fit(table),
            "FastForestRegression" => _ml.Regression.Trainers.FastForest("Target", numberOfTrees: 5).Fit(table),
            _ => _ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 20).Fit(table),
        };

        var loaded = SaveAndLoad(model, table);

        Assert.Equal(TrainerData.Column(model.Transform(table), "Score"), TrainerData.Column(loaded.Transform(table), "Score"));
        Assert.Equal(model.Transform(table).Schema.Select(c => c.Name), loaded.Transform(table).Schema.Select(c => c.Name));
    }

    [Fact]
    public void LoadedModelsOfManyClassesScoreAsTheSavedOnes()
    {
        var table = Classes();
        var trainers = _ml.MulticlassClassification.Trainers;
        foreach (ITransformer model in new ITransformer[]
        {
            trainers.LbfgsMaximumEntropy().Fit(table),
            trainers.OneVersusAll(_ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 3)).Fit(table),
            trainers.OneVersusAll(_ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 3)).Fit(table),
        })
        {
            var loaded = SaveAndLoad(model, table);
            var expected = model.Transform(table).GetColumn<float[]>("Score").ToArray();
            Assert.Equal(expected, loaded.Transform(table).GetColumn<float[]>("Score").ToArray());
            Assert.All(expected, scores => Assert.InRange(scores.Sum(), 0.9999f, 1.0001f));
        }
    }

    [Fact]
    public void OneVersusAllTellsClassesApart()
    {
        var table = Classes();
        var model = _ml.MulticlassClassification.Trainers.OneVersusAll(_ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 10)).Fit(table);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(table)).MicroAccuracy, 0.8, 1);
    }

    [Fact]
    public void TheNumberOfThreadsChangesNothing()
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(3000, 30, seed: 2));
        float[] Scores(int threads)
        {
            var options = new FastTreeBinaryTrainer.Options { NumberOfThreads = threads, NumberOfTrees = 5 };
            return TrainerData.Column(_ml.BinaryClassification.Trainers.FastTree(options).Fit(table).Transform(table), "Score");
        }

        Assert.Equal(Scores(1), Scores(2));
    }

    [Fact]
    public void TheFeatureThatDecidesHasTheGreatestGain()
    {
        var table = TrainerData.Table(_ml, TrainerData.Make(300, 6, seed: 3));
        var ensemble = _ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 20).Fit(table).Model.SubModel.TrainedTreeEnsemble;
        var gains = new double[6];
        foreach (var tree in ensemble.Trees)
        {
            Assert.Equal(tree.NumberOfLeaves, tree.NumberOfNodes + 1);
            for (int node = 0; node < tree.NumberOfNodes; node++)
                gains[tree.NumericalSplitFeatureIndexes[node]] += tree.SplitGains[node];
        }

        Assert.Equal(0, Array.IndexOf(gains, gains.Max()));
        Assert.All(ensemble.TreeWeights, weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void CrossValidationMeasuresEachFoldOnRowsItWasNotTrainedOn()
    {
        var rows = TrainerData.Make(200, 4, seed: 4);
        var table = TrainerData.Table(_ml, rows);

        var folds = _ml.BinaryClassification.CrossValidate(table, _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(), numberOfFolds: 4, seed: 3);
        var again = _ml.BinaryClassification.CrossValidate(table, _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(), numberOfFolds: 4, seed: 3);

        Assert.Equal([0, 1, 2, 3], folds.Select(fold => fold.Fold));
        Assert.Equal(200, folds.Sum(fold => TrainerData.Column(fold.ScoredHoldOutSet, "Score").Length));
        Assert.All(folds, fold => Assert.InRange(fold.Metrics.AreaUnderRocCurve, 0.9, 1));
        Assert.Equal(folds.Select(fold => fold.Metrics.LogLoss), again.Select(fold => fold.Metrics.LogLoss));
    }

    private ITransformer SaveAndLoad(ITransformer model, IDataView table)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, table.Schema, stream);
        stream.Position = 0;
        return new MLContext(2).Model.Load(stream, out _);
    }

    private IDataView Classes()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 150).Select(i =>
        {
            int kind = i % 3;
            return new NamedRow { Label = new[] { "x", "y", "z" }[kind], Features = [random.NextSingle() + (kind == 0 ? 1 : 0), random.NextSingle() + (kind == 1 ? 1 : 0), random.NextSingle()] };
        }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private sealed class NamedRow
    {
        public string Label { get; set; } = "";

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
