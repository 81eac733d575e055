using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The rows a trainer learns from, read once: those with a feature that is no finite number, no label, or no weight above zero are left out.</summary>
internal sealed class TrainingRows
{
    private TrainingRows(float[] values, int count, int featureCount, float[] labels, float[] weights, int[] numbers)
    {
        Numbers = numbers;
        Values = values;
        Count = count;
        FeatureCount = featureCount;
        Labels = labels;
        Weights = weights;
    }

    /// <summary>For each row of the table its number among the rows that are kept, or -1 where it is left out.</summary>
    public int[] Numbers { get; }

    /// <summary>The feature vectors one after another.</summary>
    public float[] Values { get; }

    public int Count { get; }

    public int FeatureCount { get; }

    /// <summary>Booleans as 0 and 1, keys from zero, numbers as they are.</summary>
    public float[] Labels { get; }

    /// <summary>Null where all rows weigh the same.</summary>
    public float[] Weights { get; }

    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * FeatureCount, FeatureCount);

    /// <summary>The weights as double-precision numbers, or null.</summary>
    public double[] WeightsOrNull() => Weights is null ? null : Array.ConvertAll(Weights, w => (double)w);

    /// <param name="data">The table.</param>
    /// <param name="feature">The name of the vector column.</param>
    /// <param name="label">The name of the label column.</param>
    /// <param name="weight">The name of the weight column, or null.</param>
    /// <param name="log">Told how many rows were left out.</param>
    /// <param name="padShort">Whether a row with fewer features than its type says has zeros for the rest, as the official trees and linear models of L-BFGS take it; SDCA refuses it.</param>
    /// <param name="longRow">What to throw where a row has more features than its type says, if not an <see cref="InvalidOperationException"/>.</param>
    /// <exception cref="InvalidOperationException">A row's vector is longer than its type says, or shorter where that is refused, or the data is too large for one array.</exception>
    public static TrainingRows Read(IDataView data, string feature, string label, string weight, IHost log, bool padShort, Func<string, Exception> longRow = null)
    {
        DataViewSchema.Column features = data.Schema[feature], labels = data.Schema[label];
        DataViewSchema.Column? weights = weight is null ? null : data.Schema[weight];
        using var cursor = data.GetRowCursor(weights is null ? [features, labels] : [features, labels, weights.Value]);
        var builder = new Builder(((VectorDataViewType)features.Type).Size, data.GetRowCount(), padShort, longRow);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(features);
        var getLabel = LabelGetter(cursor, labels);
        var getWeight = weights is null ? null : cursor.GetGetter<float>(weights.Value);
        VBuffer<float> row = default;
        float value = 0, mass = 1;
        long skipped = 0;
        while (cursor.MoveNext())
        {
            getFeatures(ref row);
            getLabel(ref value);
            getWeight?.Invoke(ref mass);
            if (!float.IsFinite(value) || !float.IsFinite(mass) || mass <= 0 || !builder.TryAdd(row))
            {
                skipped++;
                builder.Skip();
                continue;
            }
            builder.AddLabel(value, mass);
        }
        if (skipped > 0)
        {
            using var channel = log.Start("Training");
            channel.Warning(MessageSensitivity.None, $"Skipped {skipped} instances with missing features, label or weight during training");
        }
        return builder.ToRows(weights is not null);
    }

    private static ValueGetter<float> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is BooleanDataViewType)
        {
            var get = row.GetGetter<bool>(label);
            bool value = false;
            return (ref float result) =>
            {
                get(ref value);
                result = value ? 1 : 0;
            };
        }
        if (label.Type is KeyDataViewType)
            return KeyGetter(row, label);
        return row.GetGetter<float>(label);
    }

    // A missing key has no label.
    internal static ValueGetter<float> KeyGetter(DataViewRow row, DataViewSchema.Column label)
    {
        static float Index(ulong key) => key == 0 ? float.NaN : key - 1;
        if (label.Type.RawType == typeof(byte))
            return Convert<byte>(row, label, static key => Index(key));
        if (label.Type.RawType == typeof(ushort))
            return Convert<ushort>(row, label, static key => Index(key));
        if (label.Type.RawType == typeof(ulong))
            return Convert<ulong>(row, label, static key => Index(key));
        return Convert<uint>(row, label, static key => Index(key));
    }

    internal static ValueGetter<float> Convert<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> convert)
    {
        var get = row.GetGetter<T>(column);
        T value = default;
        return (ref float result) =>
        {
            get(ref value);
            result = convert(value);
        };
    }

    // What is no finite number stays none when multiplied by zero, and shows in any sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        Vector<float> sum = default;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            sum += new Vector<float>(values[i..]) * Vector<float>.Zero;
        float rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
            rest += values[i] * 0;
        return rest == 0;
    }

    private sealed class Builder(int featureCount, long? expected, bool padShort, Func<string, Exception> longRow)
    {
        private const int FirstRows = 256;
        private float[] _values = new float[checked((int)Math.Min(Array.MaxLength, Math.Min(expected ?? FirstRows, 1 << 20) * Math.Max(1L, featureCount)))];
        private readonly List<float> _labels = [];
        private readonly List<float> _weights = [];
        private readonly List<int> _numbers = [];

        public void Skip() => _numbers.Add(-1);

        public bool TryAdd(in VBuffer<float> row)
        {
            if (padShort ? row.Length > featureCount : row.Length != featureCount)
            {
                string text = $"A row has {row.Length} features; expected {featureCount}";
                throw row.Length > featureCount && longRow is not null ? longRow(text) : new InvalidOperationException(text);
            }
            if (!AllFinite(row.GetValues()))
                return false;
            long start = (long)_labels.Count * featureCount, needed = start + featureCount;
            if (needed > Array.MaxLength)
                throw new InvalidOperationException($"More than {Array.MaxLength} feature values do not fit into memory for training");
            if (needed > _values.Length)
                Array.Resize(ref _values, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _values.Length)));
            var values = _values.AsSpan((int)start, featureCount);
            row.CopyTo(values);
            values[row.Length..].Clear();
            return true;
        }

        public void AddLabel(float label, float weight)
        {
            _numbers.Add(_labels.Count);
            _labels.Add(label);
            _weights.Add(weight);
        }

        public TrainingRows ToRows(bool weighted) =>
            new(_values, _labels.Count, featureCount, [.. _labels], weighted ? [.. _weights] : null, [.. _numbers]);
    }
}
