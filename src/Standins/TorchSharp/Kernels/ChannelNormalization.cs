using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace TorchSharp.Kernels;

/// <summary>Batch normalisation over contiguous tensors of batch × channels × space. A channel is one unit of work.</summary>
/// <param name="Batch">Images.</param>
/// <param name="Channels">Channels, each normalised for itself.</param>
/// <param name="Space">Elements of a channel of one image.</param>
internal readonly record struct ChannelNormalization(int Batch, int Channels, int Space)
{
    /// <summary>Elements of a channel.</summary>
    public long Count => (long)Batch * Space;

    /// <summary>Mean and biased variance of every channel; sums of images are added up in double precision.</summary>
    public unsafe void Statistics<T>(ReadOnlySpan<T> x, Span<double> mean, Span<double> variance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = this;
        fixed (T* from = x)
        fixed (double* means = mean, variances = variance)
        {
            T* source = from;
            double* m = means, v = variances;
            shape.EachChannel(channel =>
            {
                double sum = 0, squares = 0;
                for (var n = 0; n < shape.Batch; n++)
                    sum += double.CreateTruncating(TensorPrimitives.Sum(shape.Row(source, n, channel)));
                m[channel] = sum / shape.Count;
                for (var n = 0; n < shape.Batch; n++)
                    squares += SumOfSquaredDeviations(shape.Row(source, n, channel), T.CreateTruncating(m[channel]));
                v[channel] = squares / shape.Count;
            });
        }
    }

    /// <summary>y ← x·scale + shift, channel by channel.</summary>
    public unsafe void Scale<T>(ReadOnlySpan<T> x, ReadOnlySpan<double> scale, ReadOnlySpan<double> shift, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = this;
        fixed (T* from = x, to = y)
        fixed (double* factors = scale, terms = shift)
        {
            T* source = from, target = to;
            double* f = factors, t = terms;
            shape.EachChannel(channel =>
            {
                for (var n = 0; n < shape.Batch; n++)
                    ScaleRow(shape.Row(source, n, channel), T.CreateTruncating(f[channel]), T.CreateTruncating(t[channel]), shape.Row(target, n, channel));
            });
        }
    }

    /// <summary>Of every channel the sum of the gradient, and of the gradient times how far x is from its mean.</summary>
    public unsafe void GradientSums<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> x, ReadOnlySpan<double> mean, Span<double> sums, Span<double> deviations)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = this;
        fixed (T* gradients = gradient, values = x)
        fixed (double* means = mean, totals = sums, products = deviations)
        {
            T* g = gradients, v = values;
            double* m = means, s = totals, d = products;
            shape.EachChannel(channel =>
            {
                double sum = 0, product = 0;
                for (var n = 0; n < shape.Batch; n++)
                {
                    var row = shape.Row(g, n, channel);
                    sum += double.CreateTruncating(TensorPrimitives.Sum(row));
                    product += ProductWithDeviations(row, shape.Row(v, n, channel), T.CreateTruncating(m[channel]));
                }

                (s[channel], d[channel]) = (sum, product);
            });
        }
    }

    /// <summary>y ← gradient·factor + x·slope + shift, channel by channel.</summary>
    public unsafe void Combine<T>(
        ReadOnlySpan<T> gradient, ReadOnlySpan<T> x, ReadOnlySpan<double> factor, ReadOnlySpan<double> slope, ReadOnlySpan<double> shift, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = this;
        fixed (T* gradients = gradient, values = x, to = y)
        fixed (double* factors = factor, slopes = slope, shifts = shift)
        {
            T* g = gradients, v = values, target = to;
            double* a = factors, b = slopes, c = shifts;
            shape.EachChannel(channel =>
            {
                for (var n = 0; n < shape.Batch; n++)
                {
                    CombineRows(
                        shape.Row(g, n, channel), shape.Row(v, n, channel), T.CreateTruncating(a[channel]), T.CreateTruncating(b[channel]), T.CreateTruncating(c[channel]),
                        shape.Row(target, n, channel));
                }
            });
        }
    }

    private static double SumOfSquaredDeviations<T>(ReadOnlySpan<T> x, T mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var registers = MemoryMarshal.Cast<T, Vector<T>>(x);
        var (m, sum) = (new Vector<T>(mean), Vector<T>.Zero);
        foreach (var register in registers)
            sum += (register - m) * (register - m);
        var total = Vector.Sum(sum);
        foreach (var value in x[(registers.Length * Vector<T>.Count)..])
            total += (value - mean) * (value - mean);
        return double.CreateTruncating(total);
    }

    private static double ProductWithDeviations<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, T mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var left = MemoryMarshal.Cast<T, Vector<T>>(x);
        var right = MemoryMarshal.Cast<T, Vector<T>>(y);
        var (m, sum) = (new Vector<T>(mean), Vector<T>.Zero);
        for (var i = 0; i < left.Length; i++)
            sum += left[i] * (right[i] - m);
        var total = Vector.Sum(sum);
        for (var i = left.Length * Vector<T>.Count; i < x.Length; i++)
            total += x[i] * (y[i] - mean);
        return double.CreateTruncating(total);
    }

    private static void ScaleRow<T>(ReadOnlySpan<T> x, T factor, T shift, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var from = MemoryMarshal.Cast<T, Vector<T>>(x);
        var to = MemoryMarshal.Cast<T, Vector<T>>(y);
        var (a, b) = (new Vector<T>(factor), new Vector<T>(shift));
        for (var i = 0; i < from.Length; i++)
            to[i] = (from[i] * a) + b;
        for (var i = from.Length * Vector<T>.Count; i < x.Length; i++)
            y[i] = (x[i] * factor) + shift;
    }

    private static void CombineRows<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> x, T factor, T slope, T shift, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var left = MemoryMarshal.Cast<T, Vector<T>>(gradient);
        var right = MemoryMarshal.Cast<T, Vector<T>>(x);
        var to = MemoryMarshal.Cast<T, Vector<T>>(y);
        var (a, b, c) = (new Vector<T>(factor), new Vector<T>(slope), new Vector<T>(shift));
        for (var i = 0; i < left.Length; i++)
            to[i] = (left[i] * a) + (right[i] * b) + c;
        for (var i = left.Length * Vector<T>.Count; i < x.Length; i++)
            y[i] = (gradient[i] * factor) + (x[i] * slope) + shift;
    }

    private unsafe Span<T> Row<T>(T* tensor, int image, int channel)
        where T : unmanaged => new(tensor + ((((long)image * Channels) + channel) * Space), Space);

    private void EachChannel(Action<int> body)
    {
        if (!Threads.Pays(Count * Channels * 4))
        {
            for (var channel = 0; channel < Channels; channel++)
                body(channel);
            return;
        }

        Threads.For(Channels, 1, (from, to) =>
        {
            for (var channel = from; channel < to; channel++)
                body(channel);
        });
    }
}
