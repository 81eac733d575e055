using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Tensors in memory of libtorch's own, on the CPU and of the type that is said. <c>torch.tensor(float[])</c> lies on the managed array,
/// whose alignment changes as it is collected, and with it the last bits of products; libtorch's memory always begins on a cache line.
/// </summary>
internal static class NativeTensors
{
    /// <summary>A copy of the numbers.</summary>
    public static Tensor Of(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        Tensor copy = empty(shape.ToArray(), float32, CPU);
        if (!values.IsEmpty)
            values.CopyTo(MemoryMarshal.Cast<byte, float>(copy.bytes));
        return copy;
    }

    /// <summary>A copy of the numbers, in one dimension.</summary>
    public static Tensor Of(ReadOnlySpan<long> values)
    {
        Tensor copy = empty([values.Length], int64, CPU);
        if (!values.IsEmpty)
            values.CopyTo(MemoryMarshal.Cast<byte, long>(copy.bytes));
        return copy;
    }

    /// <summary>The numbers from 0 below <paramref name="count"/> in an order that the generator draws.</summary>
    public static long[] Permutation(int count, Generator generator)
    {
        using Tensor order = randperm(count, int64, CPU, false, generator);
        return order.data<long>().ToArray();
    }
}
