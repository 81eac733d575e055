using System.Numerics;

namespace TorchSharp;

/// <summary>Fills tensors with random numbers, drawing them in PyTorch's order.</summary>
internal static class RandomFill
{
    private const int Block = 16;

    internal static void Uniform(torch.Tensor target, double from, double to, torch.Generator? generator)
    {
        if (from > to)
            throw Errors.Torch($"uniform_ expects to return a [from, to) range, but found from={from} > to={to}");
        var source = generator ?? torch.Generator.Default;
        var packed = target.IsContiguous ? target : torch.Tensor.Make(target.dtype, target.Sizes);
        lock (source.Lock)
        {
            switch (target.dtype)
            {
                case torch.ScalarType.Float32:
                    source.Uniform(packed.Span<float>(), (float)from, (float)to);
                    break;
                case torch.ScalarType.Float64:
                    foreach (ref var x in packed.Span<double>())
                        x = source.Uniform(from, to);
                    break;
                default:
                    throw Errors.NotSupported("uniform_", $"element type {target.dtype} is not supported.");
            }
        }
        Finish(packed, target);
    }

    internal static void Normal(torch.Tensor target, double mean, double std, torch.Generator? generator)
    {
        if (!(std >= 0))
            throw Errors.Torch($"normal expects std >= 0.0, but found std {std}");
        var source = generator ?? torch.Generator.Default;
        var packed = target.IsContiguous ? target : torch.Tensor.Make(target.dtype, target.Sizes);
        lock (source.Lock)
        {
            // PyTorch fills blocks only where the tensor's elements lie together.
            var inBlocks = target.IsContiguous && target.Count >= Block;
            switch (target.dtype)
            {
                case torch.ScalarType.Float32 when inBlocks:
                    NormalBlocks(packed.Span<float>(), (float)mean, (float)std, values => source.Uniform(values, 0, 1));
                    break;
                case torch.ScalarType.Float64 when inBlocks:
                    NormalBlocks(packed.Span<double>(), mean, std, values =>
                    {
                        foreach (ref var x in values)
                            x = source.Uniform(0.0, 1.0);
                    });
                    break;
                case torch.ScalarType.Float32:
                    foreach (ref var x in packed.Span<float>())
                        x = (float)((source.Normal() * std) + mean);
                    break;
                case torch.ScalarType.Float64:
                    foreach (ref var x in packed.Span<double>())
                        x = (source.Normal() * std) + mean;
                    break;
                default:
                    throw Errors.NotSupported("normal_", $"element type {target.dtype} is not supported.");
            }
        }
        Finish(packed, target);
    }

    /// <summary>Integers of [low, high), in whatever type the tensor has.</summary>
    internal static void Integers(torch.Tensor target, long low, long high, torch.Generator? generator)
    {
        if (low >= high)
            throw Errors.Torch($"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}");
        var source = generator ?? torch.Generator.Default;
        var range = (ulong)(high - low);
        using var drawn = new torch.Tensor(DataBuffer.Rent(torch.ScalarType.Int64, target.Count), target.Sizes, Shapes.ContiguousStrides(target.Sizes), 0, isTracked: false);
        lock (source.Lock)
        {
            foreach (ref var x in drawn.Span<long>())
                x = (long)(range >= 1UL << 32 ? source.Next64() % range : source.Next32() % range) + low;
        }
        Strided.Copy(drawn, target);
        target.Buffer.Version++;
    }

    /// <summary>
    /// 1 with probability p, else 0, by a 53-bit fraction for every element. That is PyTorch's way everywhere but on Intel processors, where
    /// it draws from MKL's generator.
    /// </summary>
    internal static void Bernoulli(torch.Tensor target, double p, torch.Generator? generator)
    {
        if (p is < 0 or > 1 || double.IsNaN(p))
            throw Errors.Torch($"bernoulli_ expects p to be in [0, 1], but got p={p}");
        var source = generator ?? torch.Generator.Default;
        using var drawn = new torch.Tensor(DataBuffer.Rent(torch.ScalarType.Bool, target.Count), target.Sizes, Shapes.ContiguousStrides(target.Sizes), 0, isTracked: false);
        lock (source.Lock)
        {
            foreach (ref var held in drawn.Span<bool>())
                held = source.Uniform(0.0, 1.0) < p;
        }
        Strided.Copy(drawn, target);
        target.Buffer.Version++;
    }

    internal static void Permutation(Span<long> values, torch.Generator? generator)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = i;
        var source = generator ?? torch.Generator.Default;
        lock (source.Lock)
        {
            for (var i = 0; i < values.Length - 1; i++)
            {
                var other = i + (int)(source.Next32() % (uint)(values.Length - i));
                (values[i], values[other]) = (values[other], values[i]);
            }
        }
    }

    private static void Finish(torch.Tensor packed, torch.Tensor target)
    {
        if (!ReferenceEquals(packed, target))
        {
            Strided.Copy(packed, target);
            packed.Dispose();
        }
        target.Buffer.Version++;
    }

    private delegate void SpanFill<T>(Span<T> values);

    // All are drawn uniform first; sixteen at a time then become normal, and a rest makes the last sixteen anew.
    private static void NormalBlocks<T>(Span<T> values, T mean, T std, SpanFill<T> uniform) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        uniform(values);
        for (var i = 0; i + Block <= values.Length; i += Block)
            BoxMuller(values.Slice(i, Block), mean, std);
        if (values.Length % Block == 0)
            return;
        var last = values[^Block..];
        uniform(last);
        BoxMuller(last, mean, std);
    }

    private static void BoxMuller<T>(Span<T> values, T mean, T std) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var twoPi = T.CreateTruncating(2 * Math.PI);
        for (var j = 0; j < Block / 2; j++)
        {
            var radius = T.Sqrt(T.CreateTruncating(-2) * T.Log(T.One - values[j]));
            var theta = twoPi * values[j + (Block / 2)];
            var (sin, cos) = T.SinCos(theta);
            values[j] = (radius * cos * std) + mean;
            values[j + (Block / 2)] = (radius * sin * std) + mean;
        }
    }
}
