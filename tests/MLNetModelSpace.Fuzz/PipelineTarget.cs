using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Fuzz;

/// <summary>The zip of a pipeline, features and a forest: what is saved where a model's origin is told. One that is loaded scores as before.</summary>
internal sealed class PipelineTarget : FuzzTarget
{
    private readonly IDataView _rows;
    private readonly float[] _expected;

    public PipelineTarget()
    {
        var ml = new MLContext(seed: 1);
        string layout = new LinearAutoencoder(hidden: 3).GetLayout(new ImageShape(1, 3, 3)).ToJson();
        int length = WeightLayout.Parse(layout).Length;
        var random = new Random(1);
        Row[] rows =
        [
            .. Enumerable.Range(0, 40).Select(i => new Row
            {
                Name = $"m{i}",
                Layout = layout,
                Weights = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)],
                Origin = i % 2 == 0,
            }),
        ];
        IDataView data = ml.ModelSpace().Data.FromWeights(rows);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights")
            .Append(ml.BinaryClassification.Trainers.FastTree("Origin", "Features", numberOfLeaves: 4, numberOfTrees: 10, minimumExampleCountPerLeaf: 2))
            .Fit(data);
        using var file = new MemoryStream();
        ml.Model.Save(model, data.Schema, file);
        Seeds = [file.ToArray()];
        _rows = ml.ModelSpace().Data.FromWeights(rows[..5]);
        _expected = Score(Seeds[0]);
    }

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override void Read(byte[] file)
    {
        if (!Score(file).SequenceEqual(_expected))
            throw new InvalidOperationException("It was loaded and scores otherwise.");
    }

    private float[] Score(byte[] file) => [.. new MLContext().ModelSpace().Model.Load(new MemoryStream(file)).Transform(_rows).GetColumn<float>("Score")];

    private sealed class Row : WeightsRow
    {
        public bool Origin { get; set; }
    }
}
