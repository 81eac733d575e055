using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Sums targets by bin. A histogram holds (sum of targets, number of rows) for each bin, and the sum of weights after them where rows are weighted.
/// </summary>
internal sealed class HistogramCounter(int stride)
{
    [ThreadStatic]
    private static HistogramCounter? _ofThread;

    /// <summary>Room for the histogram of one feature.</summary>
    public double[] Scratch { get; } = new double[256 * stride];

    public static HistogramCounter OfThread(int stride) =>
        _ofThread is { } counter && counter.Scratch.Length >= 256 * stride ? counter : _ofThread = new HistogramCounter(stride);

    // A bin's index is at most 255 and below the feature's number of bins by construction, so the additions skip the bounds checks.
    public static void CountAll(Span<double> histogram, byte[] bins, ReadOnlySpan<double> targets)
    {
        ref var entries = ref Unsafe.As<double, Vector128<double>>(ref MemoryMarshal.GetReference(histogram));
        ref byte bin = ref MemoryMarshal.GetArrayDataReference(bins);
        for (int i = 0; i < targets.Length; i++)
            Unsafe.Add(ref entries, Unsafe.Add(ref bin, i)) += Vector128.Create(targets[i], 1.0);
    }

    public static void Count(Span<double> histogram, byte[] bins, ReadOnlySpan<int> rows, ReadOnlySpan<double> targets)
    {
        ref var entries = ref Unsafe.As<double, Vector128<double>>(ref MemoryMarshal.GetReference(histogram));
        ref byte bin = ref MemoryMarshal.GetArrayDataReference(bins);
        targets = targets[..rows.Length];
        for (int i = 0; i < rows.Length; i++)
            Unsafe.Add(ref entries, Unsafe.Add(ref bin, rows[i])) += Vector128.Create(targets[i], 1.0);
    }

    public static void CountWeighted(Span<double> histogram, byte[] bins, ReadOnlySpan<int> rows, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            int at = 3 * bins[rows[i]];
            histogram[at] += targets[i];
            histogram[at + 1]++;
            histogram[at + 2] += weights[i];
        }
    }

    public static void Subtract(Span<double> from, ReadOnlySpan<double> what) => TensorPrimitives.Subtract(from, what, from);
}
