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
/// As many numbers for each model of a stack, in native memory that begins on a cache line.
/// </summary>
internal sealed unsafe class StackTensor : IDisposable
{
    /// <summary>Floats: two cache lines.</summary>
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
        Pointer = memory.device_type == DeviceType.CPU ? At(memory) : null;
    }

    /// <summary>Zeros.</summary>
    public StackTensor(StackOrder order, int models, int length, Device device)
        : this(zeros(SizeOf(order, models, length), float32, device), order, models, length)
    {
    }

    /// <summary>All numbers and the padding, in one dimension.</summary>
    public Tensor Memory { get; }

    /// <summary>Numbers of each model.</summary>
    public int Length { get; }

    /// <summary>On the CPU.</summary>
    public float* Pointer { get; }

    /// <summary>Where a tensor's numbers begin, on the CPU.</summary>
    public static float* At(Tensor memory) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, float>(memory.bytes)));

    /// <summary>All numbers and the padding, on the CPU.</summary>
    public Span<float> Values => MemoryMarshal.Cast<byte, float>(Memory.bytes);

    public static long SizeOf(StackOrder order, int models, int length) =>
        order == StackOrder.ModelsFirst ? (long)models * length : ((long)length * LaneKernels.Lanes + Padding - 1) / Padding * Padding;

    /// <summary>models×shape, where models come first. The caller disposes it.</summary>
    public Tensor Stacked(params ReadOnlySpan<long> shape) => Memory.view([_models, .. shape]);

    /// <summary>length×lanes, where models come last. The caller disposes it.</summary>
    public Tensor Lanes()
    {
        using Tensor used = Memory.narrow(0, 0, (long)Length * LaneKernels.Lanes);
        return used.view(Length, LaneKernels.Lanes);
    }

    /// <summary>One model's numbers, where they lie together, on the CPU.</summary>
    public Span<float> Model(int model) => Values.Slice(model * Length, Length);

    /// <summary>Copies one model's numbers in.</summary>
    public void Write(int model, ReadOnlySpan<float> numbers)
    {
        if (Memory.device_type != DeviceType.CPU)
        {
            using Tensor host = tensor(numbers.ToArray(), [Length], float32, CPU);
            using Tensor part = Memory.narrow(0, (long)model * Length, Length);
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
            using Tensor part = Memory.narrow(0, (long)model * Length, Length);
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
}
