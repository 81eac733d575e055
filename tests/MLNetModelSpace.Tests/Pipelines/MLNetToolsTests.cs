using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
/// <summary>ML.NET's own tools on our columns: what they look for in a schema, and what they do with rows.</summary>
public sealed class MLNetToolsTests(OriginZoo zoo) : IClassFixture<OriginZoo>
{
    [Fact]
    public void PermutationImportanceNamesOurSlots()
    {
        IDataView train = Vectorized(zoo.Train);
        var model = zoo.Ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(train);

        var importance = zoo.Ml.BinaryClassification.PermutationFeatureImportanceNonCalibrated(model, train, permutationCount: 1);

        Assert.Contains("encoder.weight σ1", importance.Keys);
        Assert.Equal(((VectorDataViewType)train.Schema["Features"].Type).Size, importance.Count);
    }

    [Fact]
    public void SlotNamesGoThroughEveryStep()
    {
        IDataView vectorized = Vectorized(zoo.Train);
        ITransformer steps = zoo.Ml.Transforms.NormalizeMeanVariance("Features")
            .Append(zoo.Ml.Transforms.Concatenate("All", "Features", "Shares"))
            .AppendCacheCheckpoint(zoo.Ml)
            .Fit(vectorized);

        string[] names = ZooAnnotations.GetSlotNames(steps.Transform(vectorized).Schema["All"]);

        Assert.Contains("Features.encoder.weight σ1", names);
        Assert.Equal(["Shares.Trouser", "Shares.Pullover"], names[^2..]);
    }

    [Fact]
    public void WhatIsOfOneScaleSaysSo()
    {
        Assert.True(zoo.Train.Schema["Images"].IsNormalized());
        Assert.True(zoo.Train.Schema["Shares"].IsNormalized());
        Assert.False(zoo.Train.Schema["Weights"].IsNormalized());
    }

    [Fact]
    public void CrossValidationTakesTheDefaultsOfPlansAndOfItsOwn()
    {
        ZooPlan plan = zoo.Ml.ModelSpace().Data.PlanZoo(ImageDataset.LoadSample(), models: 5);
        var pipeline = zoo.Ml.ModelSpace().Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 2), epochs: 1)
            .Append(zoo.Ml.ModelSpace().Transforms.VectorizeWeights())
            .Append(zoo.Ml.BinaryClassification.Trainers.LbfgsLogisticRegression());

        var results = zoo.Ml.BinaryClassification.CrossValidate(plan.Train, pipeline, samplingKeyColumnName: "Fold");

        Assert.Equal(5, results.Count);
        Assert.All(results, result => Assert.Single(result.ScoredHoldOutSet.GetColumn<uint>("Fold").Distinct()));
    }

    [Fact]
    public void ACacheGivesTheSameRows()
    {
        IDataView vectorized = Vectorized(zoo.Train);

        Assert.Equal(vectorized.GetColumn<float[]>("Features"), zoo.Ml.Data.Cache(vectorized).GetColumn<float[]>("Features"));
    }

    [Fact]
    public void APreviewShowsEveryColumn()
    {
        IDataView vectorized = Vectorized(zoo.Train);

        DataDebuggerPreview preview = vectorized.Preview(maxRows: 3);

        Assert.Equal(vectorized.Schema.Select(column => column.Name), preview.ColumnView.Select(column => column.Column.Name));
        Assert.Equal(3, preview.RowView.Length);
    }

    [Fact]
    public void TheBinarySaverKeepsValuesSlotsAndKeys()
    {
        IDataView vectorized = Vectorized(zoo.Train);
        using var folder = new TemporaryFolder();
        using (FileStream file = File.Create(folder.File("zoo.idv")))
            zoo.Ml.Data.SaveAsBinary(vectorized, file);

        IDataView loaded = new MLContext().Data.LoadFromBinary(folder.File("zoo.idv"));
        VBuffer<ReadOnlyMemory<char>> classes = default;
        loaded.Schema["OriginClass"].GetKeyValues(ref classes);

        Assert.Equal(vectorized.GetColumn<float[]>("Features"), loaded.GetColumn<float[]>("Features"));
        Assert.Equal(ZooAnnotations.GetSlotNames(vectorized.Schema["Features"]), ZooAnnotations.GetSlotNames(loaded.Schema["Features"]));
        Assert.Equal(ZooAnnotations.GetWeightLayout(vectorized.Schema["Weights"]), ZooAnnotations.GetWeightLayout(loaded.Schema["Weights"]));
        Assert.Equal(["Trouser", "Pullover"], classes.DenseValues().Select(name => name.ToString()));
    }

    [Fact]
    public void TheTextSaverWritesFeaturesThatComeBack()
    {
        IDataView vectorized = Vectorized(zoo.Train), columns = zoo.Ml.Transforms.SelectColumns("Features", "Label").Fit(vectorized).Transform(vectorized);
        int size = ((VectorDataViewType)vectorized.Schema["Features"].Type).Size;
        using var folder = new TemporaryFolder();
        using (FileStream file = File.Create(folder.File("zoo.tsv")))
            zoo.Ml.Data.SaveAsText(columns, file);

        IDataView loaded = new MLContext().Data.LoadFromTextFile(
            folder.File("zoo.tsv"), [new TextLoader.Column("Features", DataKind.Single, 0, size - 1), new TextLoader.Column("Label", DataKind.Boolean, size)], hasHeader: true);

        Assert.Equal(vectorized.GetColumn<bool>("Label"), loaded.GetColumn<bool>("Label"));
        Assert.Equal(
            vectorized.GetColumn<float[]>("Features").SelectMany(row => row), loaded.GetColumn<float[]>("Features").SelectMany(row => row),
            (left, right) => Math.Abs(left - right) <= 1e-5f * Math.Max(1, Math.Abs(left)));
    }

    private IDataView Vectorized(IDataView view) => zoo.Ml.ModelSpace().Transforms.VectorizeWeights().Fit(view).Transform(view);
}
