using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace.Search;

/// <summary>Reads a view into the chunks of an index.</summary>
internal sealed class ModelIndexBuilder
{
    private const int RowsPerReport = 1000;

    private readonly IndexMetric _metric;
    private readonly List<string> _ids = [];
    private readonly List<float[]> _chunks = [];
    private int _dimension;
    private int _rowsPerChunk;
    private int _filled;

    private ModelIndexBuilder(IndexMetric metric) => _metric = metric;

    public static ModelIndex Build(IHostEnvironment env, IDataView data, ModelIndex.Options options)
    {
        options.Validate();
        DataViewSchema.Column id = SchemaErrors.Require(data.Schema, options.IdColumnName ?? UsualId(data.Schema), "id");
        DataViewSchema.Column embedding = SchemaErrors.RequireFloatVector(data.Schema, options.EmbeddingColumnName, knownSize: false, "embedding");
        DataViewSchema.Column[] kept = [.. options.MetadataColumnNames.Select(name => SchemaErrors.Require(data.Schema, name, "metadata"))];
        MetadataColumn[] metadata = Array.ConvertAll(kept, MetadataColumn.Create);
        var builder = new ModelIndexBuilder(options.Metric);
        var report = new RowReport(env, "BuildIndex", data.GetRowCount(), options.Progress);
        using (DataViewRowCursor cursor = data.GetRowCursor([id, embedding, .. kept]))
        {
            Func<string> readId = IdReader(cursor, id);
            ValueGetter<VBuffer<float>> readVector = cursor.GetGetter<VBuffer<float>>(embedding);
            var readers = new Action[kept.Length];
            for (int i = 0; i < readers.Length; i++)
                readers[i] = metadata[i].Bind(cursor, kept[i]);
            VBuffer<float> vector = default;
            while (cursor.MoveNext())
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                readVector(ref vector);
                builder.Add(readId(), in vector);
                foreach (Action read in readers)
                    read();
                if (builder._ids.Count % RowsPerReport == 0)
                    report.Report(builder._ids.Count);
            }
        }

        if (builder._ids.Count == 0)
            throw new InvalidDataException("An index of no models answers nothing: the data has no rows.");
        report.Report(builder._ids.Count);
        report.Finish();
        return new ModelIndex(builder._dimension, options.Metric, [.. builder._ids], builder.Chunks(), metadata);
    }

    /// <summary>The name of the model's file, else the identity of its sample, else what a user may call an identifier.</summary>
    private static string UsualId(DataViewSchema schema) =>
        Array.Find([ZooColumns.Name, ZooColumns.Sample, "Id"], name => schema.GetColumnOrNull(name) is not null) ?? ZooColumns.Name;

    /// <summary>How ids are read: text as it is, integers in invariant digits.</summary>
    public static Func<string> IdReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> text = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                text(ref value);
                return value.ToString();
            };
        }

        if (column.Type.RawType == typeof(long))
            return Digits<long>(row, column);
        if (column.Type.RawType == typeof(int))
            return Digits<int>(row, column);
        if (column.Type.RawType == typeof(uint))
            return Digits<uint>(row, column);
        if (column.Type.RawType == typeof(ulong))
            return Digits<ulong>(row, column);
        throw SchemaErrors.Mismatch(column.Name, "text or an integer", column.Type.ToString()!, "id");
    }

    private static Func<string> Digits<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IFormattable
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return value.ToString(null, CultureInfo.InvariantCulture);
        };
    }

    private void Add(string id, in VBuffer<float> vector)
    {
        int row = _ids.Count;
        if (row == 0)
        {
            if (vector.Length == 0)
                throw new InvalidDataException($"The vector of '{id}' has no values.");
            _dimension = vector.Length;
            _rowsPerChunk = ModelIndex.RowsPerChunk(_dimension);
        }

        if (vector.Length != _dimension)
            throw new InvalidDataException($"The vector of '{id}' has {vector.Length} values; the first has {_dimension}.");
        if (row % _rowsPerChunk == 0)
        {
            _chunks.Add(new float[_rowsPerChunk * _dimension]);
            _filled = 0;
        }

        Span<float> target = _chunks[^1].AsSpan(_filled, _dimension);
        vector.CopyTo(target);
        if (FiniteNumbers.IndexOfOther(target) is >= 0 and int place)
            throw new InvalidDataException($"The vector of '{id}' has {target[place]} at {place}; expected finite values.");

        if (_metric == IndexMetric.Cosine)
            DatasetTargets.Normalize(target, $"The vector of '{id}'");
        _filled += _dimension;
        _ids.Add(id);
    }

    private float[][] Chunks()
    {
        _chunks[^1] = _chunks[^1][.._filled];
        return [.. _chunks];
    }
}
