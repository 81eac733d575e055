using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>A pass over the same rows again.</summary>
[Collection(SerialCollection.Name)]
public sealed class RepeatedPassTests
{
    public static TheoryData<Type> Kinds => [.. SavedModels.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void GivesTheSameBits(Type kind)
    {
        var ml = new MLContext(1);
        (ITransformer transformer, IDataView rows, string column) = SavedModels.Fit(ml, kind);
        float[][] first = Read(transformer, rows, column);
        for (int pass = 0; pass < 5; pass++)
        {
            // Arrays come to lie elsewhere, and with them what is copied from them.
            GC.KeepAlive(new byte[(pass * 13) + 1]);
            GC.Collect();
            Assert.Equal(first, Read(transformer, rows, column));
        }

        (transformer as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void LeavesNoTensors(Type kind)
    {
        var ml = new MLContext(1);
        (ITransformer transformer, IDataView rows, string column) = SavedModels.Fit(ml, kind);
        Read(transformer, rows, column);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int pass = 0; pass < 3; pass++)
            Read(transformer, rows, column);

        Assert.Equal(0, torch.Tensor.TotalCount - before);
        (transformer as IDisposable)?.Dispose();
    }

    [Fact]
    public void NetworksGoWithTheirTransformer()
    {
        var ml = new MLContext(1);
        foreach (Type kind in (Type[])[typeof(ResNetEmbedderTransformer), typeof(GraphEmbeddingTransformer)])
        {
            (ITransformer transformer, IDataView rows, string column) = SavedModels.Fit(ml, kind);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long before = torch.Tensor.TotalCount;
            Read(transformer, rows, column);
            long loaded = torch.Tensor.TotalCount - before;
            using (var chain = new TransformerChain<ITransformer>(transformer))
                Assert.NotEqual(0, loaded);
            Assert.True(torch.Tensor.TotalCount - before <= loaded / 2, $"{loaded} tensors, and {torch.Tensor.TotalCount - before} after the {kind.Name} was disposed of.");
            Assert.IsType<ObjectDisposedException>(Assert.ThrowsAny<Exception>(() => Read(transformer, rows, column)).GetBaseException());
        }
    }

    private static float[][] Read(ITransformer transformer, IDataView rows, string column) => [.. transformer.Transform(rows).GetColumn<float[]>(column)];
}
