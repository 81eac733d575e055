using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Gathers the statistics of one column, row by row.</summary>
internal abstract class NormalizerLearner
{
    public static NormalizerLearner Make(DataViewRow row, DataViewSchema.Column column, NormalizerKind kind) =>
        column.Type.ItemType() == NumberDataViewType.Single
            ? new NormalizerLearner<float>(row, column, kind == NormalizerKind.MinMax ? new MinMaxStatistics<float>(column.Type.ValueCount()) : new MomentStatistics<float>(column.Type.ValueCount()))
            : new NormalizerLearner<double>(row, column, kind == NormalizerKind.MinMax ? new MinMaxStatistics<double>(column.Type.ValueCount()) : new MomentStatistics<double>(column.Type.ValueCount()));

    public abstract void Learn();

    public abstract Normalizer Finish(NormalizerKind kind, bool fixZero);
}

internal sealed class NormalizerLearner<T> : NormalizerLearner
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private readonly SlotStatistics<T> _statistics;
    private readonly ValueGetter<T> _getScalar;
    private readonly ValueGetter<VBuffer<T>> _getVector;
    private readonly T[] _dense;
    private VBuffer<T> _vector;

    public NormalizerLearner(DataViewRow row, DataViewSchema.Column column, SlotStatistics<T> statistics)
    {
        _statistics = statistics;
        _dense = new T[column.Type.ValueCount()];
        if (column.Type is VectorDataViewType)
            _getVector = row.GetGetter<VBuffer<T>>(column);
        else
            _getScalar = row.GetGetter<T>(column);
    }

    public override void Learn()
    {
        if (_getScalar is not null)
        {
            _getScalar(ref _dense[0]);
            _statistics.Add(_dense);
            return;
        }
        _getVector(ref _vector);
        if (_vector.Length != _dense.Length)
            throw WrongLength($"Normalizer expected {_dense.Length} slots but got {_vector.Length}");
        if (_vector.IsDense)
        {
            _statistics.Add(_vector.GetValues());
            return;
        }
        _vector.CopyTo(_dense);
        _statistics.Add(_dense);
    }

    // The official types: to means and deviations, a row without any value is as to ranges.
    private Exception WrongLength(string text) => _statistics is MomentStatistics<T> && _vector.Length > 0 ? new IndexOutOfRangeException(text) : new InvalidOperationException(text);

    public override Normalizer Finish(NormalizerKind kind, bool fixZero)
    {
        bool isCdf = kind == NormalizerKind.CumulativeDistribution;
        var scales = new T[_dense.Length];
        var offsets = new T[_dense.Length];
        for (int i = 0; i < scales.Length; i++)
        {
            (scales[i], offsets[i]) = _statistics.Affine(i, fixZero && !isCdf);
            // A scale that overflows would turn zeros into NaN; a slot that small is as good as constant.
            if (!T.IsFinite(scales[i]) || !T.IsFinite(offsets[i]))
                (scales[i], offsets[i]) = (T.Zero, T.Zero);
        }
        if (isCdf)
            return new CdfNormalizer<T>(scales, offsets, _getVector is not null);
        return new Normalizer<T>(scales, offsets.AsSpan().ContainsAnyExcept(T.Zero) ? offsets : null, _getVector is not null);
    }
}

/// <summary>What is learned of each slot.</summary>
internal abstract class SlotStatistics<T>
{
    public abstract void Add(ReadOnlySpan<T> row);

    /// <summary>The scale and offset of a slot: a value x becomes (x - offset) * scale.</summary>
    public abstract (T Scale, T Offset) Affine(int slot, bool fixZero);
}

internal sealed class MinMaxStatistics<T> : SlotStatistics<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private readonly T[] _min;
    private readonly T[] _max;

    public MinMaxStatistics(int slots)
    {
        _min = new T[slots];
        _max = new T[slots];
        Array.Fill(_min, T.PositiveInfinity);
        Array.Fill(_max, T.NegativeInfinity);
    }

    public override void Add(ReadOnlySpan<T> row)
    {
        // These two pass over NaN.
        TensorPrimitives.MinNumber(row, _min, _min);
        TensorPrimitives.MaxNumber(row, _max, _max);
    }

    public override (T, T) Affine(int slot, bool fixZero)
    {
        T min = _min[slot], max = _max[slot];
        if (!(min < max) || !T.IsFinite(min) || !T.IsFinite(max))
            return (T.Zero, T.Zero);
        if (fixZero)
            return (T.One / T.Max(T.Abs(min), T.Abs(max)), T.Zero);
        // A range that overflows leaves nothing to scale by.
        return T.IsFinite(max - min) ? (T.One / (max - min), min) : (T.Zero, T.Zero);
    }
}

/// <summary>Means and sums of squared deviations by Welford's updates, in double precision; each slot counts its finite values.</summary>
internal sealed class MomentStatistics<T>(int slots) : SlotStatistics<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private readonly double[] _means = new double[slots];
    private readonly double[] _squares = new double[slots];
    private long[] _counts;
    private long _rows;

    public override void Add(ReadOnlySpan<T> row)
    {
        if (_counts is null && !IsFinite(row))
        {
            _counts = new long[slots];
            Array.Fill(_counts, _rows);
        }
        if (_counts is not null)
        {
            AddFinite(row);
            return;
        }
        _rows++;
        if (typeof(T) == typeof(float))
            AddAll(System.Runtime.InteropServices.MemoryMarshal.Cast<T, float>(row));
        else
            AddAll(System.Runtime.InteropServices.MemoryMarshal.Cast<T, double>(row));
    }

    public override (T, T) Affine(int slot, bool fixZero)
    {
        long count = _counts?[slot] ?? _rows;
        if (count == 0 || _squares[slot] == 0)
            return (T.Zero, T.Zero);
        double mean = _means[slot], variance = _squares[slot] / count;
        return fixZero
            ? (T.One / T.CreateTruncating(Math.Sqrt(variance + mean * mean)), T.Zero)
            : (T.One / T.CreateTruncating(Math.Sqrt(variance)), T.CreateTruncating(mean));
    }

    // A finite value times zero is zero, any other NaN.
    private static bool IsFinite(ReadOnlySpan<T> row)
    {
        var sum = Vector<T>.Zero;
        int i = 0;
        for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
            sum += new Vector<T>(row[i..]) * Vector<T>.Zero;
        T rest = Vector.Sum(sum);
        for (; i < row.Length; i++)
            rest += row[i] * T.Zero;
        return rest == T.Zero;
    }

    private void AddFinite(ReadOnlySpan<T> row)
    {
        for (int i = 0; i < row.Length; i++)
            if (T.IsFinite(row[i]))
                Update(i, double.CreateTruncating(row[i]), ++_counts[i]);
    }

    private void AddAll(ReadOnlySpan<float> row)
    {
        var count = new Vector<double>(_rows);
        int i = 0, half = Vector<double>.Count;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[i..]), out var low, out var high);
            Update(i, low, count);
            Update(i + half, high, count);
        }
        for (; i < row.Length; i++)
            Update(i, row[i], _rows);
    }

    private void AddAll(ReadOnlySpan<double> row)
    {
        var count = new Vector<double>(_rows);
        int i = 0;
        for (; i <= row.Length - Vector<double>.Count; i += Vector<double>.Count)
            Update(i, new Vector<double>(row[i..]), count);
        for (; i < row.Length; i++)
            Update(i, row[i], _rows);
    }

    private void Update(int slot, double value, long count)
    {
        double delta = value - _means[slot];
        _means[slot] += delta / count;
        _squares[slot] += delta * (value - _means[slot]);
    }

    private void Update(int slot, Vector<double> values, Vector<double> count)
    {
        var mean = new Vector<double>(_means, slot);
        var delta = values - mean;
        mean += delta / count;
        mean.CopyTo(_means, slot);
        (new Vector<double>(_squares, slot) + delta * (values - mean)).CopyTo(_squares, slot);
    }
}
