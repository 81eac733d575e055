using System.Collections;
using TorchSharp;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Storage;

/// <summary>Held against another reader, for the files that both read: TorchSharp.PyBridge keeps no order and reads no views and no old files.</summary>
public sealed class PyBridgeTests
{
    [Theory]
    [InlineData("zip.pth", null)]
    [InlineData("double.pth", null)]
    [InlineData("half.pth", null)]
    [InlineData("bfloat16.pth", null)]
    [InlineData("model-and-ema.pth", "ema")]
    [InlineData("mlp-autoencoder-mnist.pth", null)]
    public void BothReadersGiveTheSameNumbers(string name, string? stateDict)
    {
        using DisposeScope scope = NewDisposeScope();
        using FileStream stream = File.OpenRead(StoredModels.Checkpoint(name));
        Hashtable other = PyTorchUnpickler.UnpickleStateDict(stream);
        if (stateDict is not null)
            other = (Hashtable)other[stateDict]!;
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint(name));

        IReadOnlyList<StoredTensor> tensors = file.GetTensors(stateDict);
        Assert.Equal(other.Keys.Cast<string>().Order(StringComparer.Ordinal), tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        for (int i = 0; i < tensors.Count; i++)
        {
            float[] values = new float[tensors[i].Length];
            file.CopyTo(i, values, stateDict);
            Assert.Equal(((Tensor)other[tensors[i].Name]!).to(float32).data<float>().ToArray(), values);
        }
    }
}
