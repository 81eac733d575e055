using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>A discrete column of an <see cref="IDataView"/>, as classes 0, 1, … in ascending order of value.</summary>
internal sealed class LabelColumn
{
    private LabelColumn(int[] classes, int count)
    {
        Classes = classes;
        Count = count;
    }

    /// <summary>The class of each row.</summary>
    internal int[] Classes { get; }

    /// <summary>How many classes occur.</summary>
    internal int Count { get; }

    /// <summary>Reads a Boolean, key or text column; a missing key is an error.</summary>
    internal static LabelColumn Read(IDataView data, string columnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(columnName);
        var column = SchemaErrors.Require(data.Schema, columnName, "label");
        using var cursor = data.GetRowCursor([column]);
        var values = new List<IComparable>();
        if (column.Type is TextDataViewType)
        {
            var text = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            while (cursor.MoveNext())
            {
                text(ref value);
                values.Add(value.ToString());
            }
        }
        else
        {
            bool isKey = column.Type is KeyDataViewType;
            if (!isKey && column.Type is not BooleanDataViewType)
            {
                throw SchemaErrors.Mismatch(columnName, "Boolean, key or text", column.Type.ToString()!, "label");
            }

            var reader = KeyReader(cursor, column);
            while (cursor.MoveNext())
            {
                ulong value = reader();
                if (isKey && value == 0)
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"Row {cursor.Position} of label column '{columnName}' has a missing key."), nameof(columnName));
                }

                values.Add(value);
            }
        }

        return FromValues(values, columnName);
    }

    /// <summary>Classes from any comparable values; two at least must occur.</summary>
    internal static LabelColumn FromValues(IReadOnlyList<IComparable> values, string name)
    {
        var distinct = values.Distinct().ToList();
        distinct.Sort(static (a, b) => a is string left && b is string right ? string.CompareOrdinal(left, right) : a.CompareTo(b));
        if (distinct.Count < 2)
        {
            throw new ArgumentException($"'{name}' has {distinct.Count} class{(distinct.Count == 1 ? "" : "es")} in {values.Count} rows; two at least are needed.", name);
        }

        var index = distinct.Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i);
        return new LabelColumn([.. values.Select(value => index[value])], distinct.Count);
    }

    /// <summary>Reads a Boolean or key column as numbers.</summary>
    internal static Func<ulong> KeyReader(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        var type = column.Type.RawType;
        if (type == typeof(bool))
        {
            var getter = cursor.GetGetter<bool>(column);
            return () => Get(getter) ? 1UL : 0UL;
        }

        if (type == typeof(uint))
        {
            var getter = cursor.GetGetter<uint>(column);
            return () => Get(getter);
        }

        if (type == typeof(byte))
        {
            var getter = cursor.GetGetter<byte>(column);
            return () => Get(getter);
        }

        if (type == typeof(ushort))
        {
            var getter = cursor.GetGetter<ushort>(column);
            return () => Get(getter);
        }

        if (type == typeof(ulong))
        {
            var getter = cursor.GetGetter<ulong>(column);
            return () => Get(getter);
        }

        throw SchemaErrors.Mismatch(column.Name, "Boolean or key", column.Type.ToString()!);
    }

    private static T Get<T>(ValueGetter<T> getter)
        where T : struct
    {
        T value = default;
        getter(ref value);
        return value;
    }
}
