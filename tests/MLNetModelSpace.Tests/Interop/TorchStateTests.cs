using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Interop;

// Reaches internals: what a thread of training throws is provoked by targets that no view has.
[Collection(SerialCollection.Name)]
public sealed class TorchStateTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> States => [.. TorchStates.Names];

    [Theory]
    [MemberData(nameof(States))]
    public void NumbersDoNotDependOnWhatTheUserHasSetAndItStays(string state) => Assert.Equal("", FreshProcess.CheckTorchState(state));

    [Fact]
    public void EmbeddingImagesAgainLeavesNoTensors()
    {
        IDataView rows = SmallZoo.View(_ml, models: 2);
        using ResNetEmbedderTransformer embedder = SavedModels.EmbedImages(_ml);
        Read(embedder, rows);
        long before = CountTensors();
        for (int i = 0; i < 3; i++)
            Read(embedder, rows);
        Assert.Equal(before, CountTensors());
    }

    [Fact]
    public void TheSameImagesHaveTheSameEmbeddingBitForBit()
    {
        IDataView rows = SmallZoo.View(_ml, models: 3);
        using ResNetEmbedderTransformer embedder = SavedModels.EmbedImages(_ml);
        float[][] first = Read(embedder, rows);
        for (int i = 0; i < 8; i++)
        {
            // Moves the arrays that images come in.
            GC.KeepAlive(new float[1 + i]);
            Assert.Equal(first, Read(embedder, rows));
        }
    }

    [Fact]
    public void DisposingAChainFreesItsEmbeddersNetwork()
    {
        IDataView rows = SmallZoo.View(_ml, models: 2);
        long before = CountTensors();
        ResNetEmbedderTransformer embedder = SavedModels.EmbedImages(_ml);
        var chain = new TransformerChain<ITransformer>(embedder);
        Read(chain, rows);
        long built = CountTensors() - before;

        chain.Dispose();

        // Of the two that TorchSharp counts for each Parameter made from a tensor one goes.
        Assert.Equal(built / 2, CountTensors() - before);
        Assert.Throws<ObjectDisposedException>(() => embedder.Embed(SmallZoo.Rows(1).Single().Images));
    }

    [Fact]
    public void WhatAThreadOfOursThrowsComesOutAsItIs()
    {
        EmbeddingRegressionTrainer.Options options = SyntheticZoo.QuickOptions();
        (options.Members, options.Progress) = (3, new Failing());
        Assert.Equal("enough", Assert.Throws<NotSupportedException>(() => _ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(options).Fit(SyntheticZoo.View(_ml, 20, 1))).Message);
    }

    [Fact]
    public void LibtorchsErrorIsOneLineBehindOurs()
    {
        // No option that is accepted makes libtorch fail short of memory that is not there.
        string message = Assert.Throws<InvalidOperationException>(() => EmbeddingEnsemble.Train(_ml, SyntheticZoo.QuickOptions().CheckedCopy(_ml), [[1, 0, 0]], (_, _) =>
        {
            torch.zeros(2, 3).mm(torch.zeros(2, 4));
            throw new UnreachableException();
        })).Message;
        Assert.Equal("The encoder cannot be trained: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x4)", message);
    }

    [Fact]
    public void ModulesOfArchitecturesAreTheCallersToKeep()
    {
        var architecture = new LinearAutoencoder(hidden: 4);
        float[] weights = new float[architecture.GetLayout(SmallZoo.Shape).Length];
        weights[^1] = 2;
        torch.nn.Module<torch.Tensor, torch.Tensor> module;
        using (torch.inference_mode())
            module = architecture.CreateModule(SmallZoo.Shape, weights);

        using (module)
        using (torch.NewDisposeScope())
        {
            torch.Tensor loss = module.forward(torch.zeros(1, 1, 6, 6)).square().sum();
            loss.backward();
            Assert.All(module.parameters(), parameter => Assert.NotNull(parameter.grad));
        }
    }

    private static float[][] Read(ITransformer embedder, IDataView rows) => [.. embedder.Transform(rows).GetColumn<float[]>("ImageEmbedding")];

    private static long CountTensors()
    {
        // What earlier tests left to the collector must not go while we count; what a finalizer lets go goes with the next collection.
        long before, count = torch.Tensor.TotalCount;
        do
        {
            before = count;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            count = torch.Tensor.TotalCount;
        }
        while (count != before);
        return count;
    }

    private sealed class Failing : IProgress<EmbeddingEpoch>
    {
        public void Report(EmbeddingEpoch value) => throw new NotSupportedException("enough");
    }
}
