using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>How the numbers of a stack's models lie in memory.</summary>
internal enum StackOrder
{
    /// <summary>One model after another, as batched matrix products take them.</summary>
    ModelsFirst,

    /// <summary>The models side by side in every place, <see cref="LaneKernels.Lanes"/> of them: a vector register holds the same number of each model.</summary>
    ModelsLast,
}

/// <summary>
/// As many numbers for each model of a stack, in native memory that begins on a cache line. On the CPU every model's part does, too, and the whole is a multiple of
/// <see cref="Padding"/>: libtorch's rounding depends on where a matrix begins and on what is left over behind whole vector registers, and neither is to depend on
/// a model's place in the stack.
/// </summary>
internal sealed class StackTensor : IDisposable
{
    /// <summary>Floats: two cache lines, and twice the widest register.</summary>
    public const int Padding = 32;

    private readonly StackOrder _order;
    private readonly int _models;

    /// <summary>Lays a stack's numbers over memory.</summary>
    /// <param name="memory">As many floats as <see cref="SizeOf"/> says; owned from now on.</param>
    /// <param name="order">How models lie.</param>
    /// <param name="models">How many.</param>
    /// <param name="length">Numbers of each.</param>
    public StackTensor(Tensor memory, StackOrder order, int models, int length)
    {
        Memory = memory;
        _order = order;
        _models = models;
        Length = length;
        Stride = order == StackOrder.ModelsFirst ? StrideOf(length, memory.device_type) : length;
    }

    /// <summary>Zeros.</summary>
    public StackTensor(StackOrder order, int models, int length, Device device)
        : this(zeros(SizeOf(order, models, length, device.type), float32, device), order, models, length)
    {
    }

    /// <summary>All numbers and the padding, in one dimension.</summary>
    public Tensor Memory { get; }

    /// <summary>Numbers of each model.</summary>
    public int Length { get; }

    /// <summary>From one model to the next where models come first.</summary>
    public int Stride { get; }

    /// <summary>Whether nothing lies between two models.</summary>
    public bool IsPacked => Stride == Length;

    /// <summary>On the CPU.</summary>
    public unsafe float* Pointer => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Values));

    /// <summary>All numbers and the padding, on the CPU.</summary>
    public Span<float> Values => MemoryMarshal.Cast<byte, float>(Memory.bytes);

    public static long SizeOf(StackOrder order, int models, int length, DeviceType device) =>
        order == StackOrder.ModelsFirst
            ? (long)models * StrideOf(length, device)
            : ((long)length * LaneKernels.Lanes + Padding - 1) / Padding * Padding;

    /// <summary>models×shape, where models come first. The caller disposes it.</summary>
    public Tensor Stacked(params ReadOnlySpan<long> shape)
    {
        using Tensor padded = Memory.view(_models, Stride);
        using Tensor used = padded.narrow(1, 0, Length);
        return used.view([_models, .. shape]);
    }

    /// <summary>length×lanes, where models come last. The caller disposes it.</summary>
    public Tensor Lanes()
    {
        using Tensor used = Memory.narrow(0, 0, (long)Length * LaneKernels.Lanes);
        return used.view(Length, LaneKernels.Lanes);
    }

    /// <summary>A tensor of that shape for each model, where models come first. The caller disposes them.</summary>
    public Tensor[] Each(params ReadOnlySpan<long> shape)
    {
        using Tensor all = Stacked(shape);
        return [.. all.unbind(0)];
    }

    /// <summary>One model's numbers, where they lie together, on the CPU.</summary>
    public Span<float> Model(int model) => Values.Slice(model * Stride, Length);

    /// <summary>Copies one model's numbers in.</summary>
    public void Write(int model, ReadOnlySpan<float> numbers)
    {
        if (Memory.device_type != DeviceType.CPU)
        {
            using Tensor host = tensor(numbers.ToArray(), [Length], float32, CPU);
            using Tensor part = Memory.narrow(0, (long)model * Stride, Length);
            part.copy_(host);
            return;
        }

        if (_order == StackOrder.ModelsFirst)
        {
            numbers.CopyTo(Model(model));
            return;
        }

        Span<float> lanes = Values[model..];
        for (int i = 0; i < numbers.Length; i++)
            lanes[i * LaneKernels.Lanes] = numbers[i];
    }

    /// <summary>Copies one model's numbers out.</summary>
    public void Read(int model, Span<float> numbers)
    {
        if (Memory.device_type != DeviceType.CPU)
        {
            using Tensor part = Memory.narrow(0, (long)model * Stride, Length);
            using Tensor host = part.cpu();
            MemoryMarshal.Cast<byte, float>(host.bytes).CopyTo(numbers);
            return;
        }

        if (_order == StackOrder.ModelsFirst)
        {
            Model(model).CopyTo(numbers);
            return;
        }

        ReadOnlySpan<float> lanes = Values[model..];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = lanes[i * LaneKernels.Lanes];
    }

    public void Dispose() => Memory.Dispose();

    // Other devices promise no bits, and index better without gaps.
    private static int StrideOf(int length, DeviceType device) =>
        device == DeviceType.CPU ? checked((length + Padding - 1) / Padding * Padding) : length;
}
