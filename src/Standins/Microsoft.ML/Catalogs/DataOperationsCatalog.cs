using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Operations on tables.</summary>
public sealed partial class DataOperationsCatalog
{
    private readonly MLContext _env;

    internal DataOperationsCatalog(MLContext env)
    {
        _env = env;
    }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(data);
        TakeHost(nameof(LoadFromEnumerable));
        return new EnumerableView<TRow>(data, schemaDefinition);
    }

    /// <summary>Objects as a table whose columns have the types and annotations of those of <paramref name="schema"/> with the same names.</summary>
    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(schema);
        TakeHost(nameof(LoadFromEnumerable));
        return new EnumerableView<TRow>(data, DefinitionFor(typeof(TRow), schema));
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        ArgumentNullException.ThrowIfNull(data);
        return Rows(data, reuseRowObject, new RowFiller<TRow>(data.Schema, ignoreMissingColumns, schemaDefinition));
    }

    /// <summary>The definition of a class with the column types and annotations of a schema.</summary>
    internal static SchemaDefinition DefinitionFor(Type rowType, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(rowType, SchemaDefinition.Direction.Read);
        foreach (var known in schema)
        {
            if (known.IsHidden)
                continue;
            var column = definition[known.Name] ?? throw new InvalidOperationException($"Type should contain a member named {known.Name}");
            column.ColumnType = known.Type;
            column.AddAnnotations(known.Annotations);
        }
        return definition;
    }

    private static IEnumerable<TRow> Rows<TRow>(IDataView data, bool reuseRowObject, RowFiller<TRow> filler)
        where TRow : class, new()
    {
        using var cursor = data.GetRowCursor(filler.Columns);
        var fill = filler.Over(cursor);
        var row = new TRow();
        while (cursor.MoveNext())
        {
            fill(row);
            yield return row;
            if (!reuseRowObject)
                row = new TRow();
        }
    }
}
