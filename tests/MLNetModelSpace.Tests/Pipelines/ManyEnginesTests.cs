using Microsoft.ML;
using TorchSharp;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>Prediction engines come and go, as in the pool of a web application.</summary>
[Collection(SerialCollection.Name)]
public sealed class ManyEnginesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void SixHundredEnginesLeaveNothingBehind()
    {
        IDataView rows = SmallZoo.View(_ml, models: 8);
        var pipeline = _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(epochs: 1))
            .Append(_ml.ModelSpace().Transforms.VectorizeWeights())
            .Append(_ml.ModelSpace().Transforms.ProbeModel());
        ITransformer model = pipeline.Fit(rows);
        SmallZoo.Row[] asked = [.. SmallZoo.Rows(8)];

        (long managed, long tensors) = Use(100);
        (long managedAfter, long tensorsAfter) = Use(500);

        Assert.Equal(tensors, tensorsAfter);
        Assert.InRange(managedAfter - managed, long.MinValue, 1 << 20);

        (long Managed, long Tensors) Use(int engines)
        {
            for (int i = 0; i < engines; i++)
            {
                using PredictionEngine<SmallZoo.Row, Answer> engine = _ml.Model.CreatePredictionEngine<SmallZoo.Row, Answer>(model, ignoreMissingColumns: false);
                Assert.NotEmpty(engine.Predict(asked[i % asked.Length]).Responses);
            }

            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return (GC.GetTotalMemory(forceFullCollection: true), torch.Tensor.TotalCount);
        }
    }

    private sealed class Answer
    {
        public float[] Features { get; set; } = [];

        public float[] Responses { get; set; } = [];
    }
}
