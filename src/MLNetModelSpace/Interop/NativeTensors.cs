using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TorchSharp;
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

    /// <summary>
    /// The one number of a tensor of Single, on any device. TorchSharp's <c>item</c> and <c>ToDouble</c> go over a native number that the garbage collector may free
    /// while it is read ("Expected false to be true").
    /// </summary>
    public static float Value(Tensor one)
    {
        if (one.device_type == DeviceType.CPU)
            return MemoryMarshal.Cast<byte, float>(one.bytes)[0];
        using Tensor here = one.cpu();
        return MemoryMarshal.Cast<byte, float>(here.bytes)[0];
    }
}

/// <summary>
/// Numbers that tensors are multiplied with and the like, kept for good: TorchSharp makes a native one of every number it is given, and lets the garbage collector free
/// it while the call that reads it is still under way. Thread-safe.
/// </summary>
internal static class TorchNumbers
{
    private static readonly ConcurrentDictionary<double, Scalar> s_numbers = [];

    public static Scalar Of(double number) => s_numbers.GetOrAdd(number, static value => value);
}

/// <summary>libtorch's errors as they are told to users.</summary>
internal static class TorchErrors
{
    private const string ScriptCause = "\nRuntimeError: ";

    /// <summary>What went wrong, without the native stack behind it.</summary>
    public static string FirstLine(Exception error)
    {
        ReadOnlySpan<char> message = error.Message;
        // A script's error begins with the script.
        int cause = message.IndexOf(ScriptCause, StringComparison.Ordinal);
        if (cause >= 0)
            message = message[(cause + ScriptCause.Length)..];
        int end = message.IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).Trim().ToString();
    }

    /// <summary>What libtorch refused, in one line behind what was tried. Its own text, with the native stack, is in <see cref="Exception.Data"/>
    /// under <c>libtorch</c>: behind ML.NET's cursors callers look at the innermost exception.</summary>
    /// <param name="tried">A sentence without its end, such as "The models cannot be run".</param>
    /// <param name="error">What TorchSharp threw.</param>
    public static InvalidOperationException Explain(string tried, ExternalException error)
    {
        var explained = new InvalidOperationException($"{tried}: {FirstLine(error)}");
        explained.Data["libtorch"] = error.Message;
        return explained;
    }
}
