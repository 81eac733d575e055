using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// The base of this library's transformers: each adds columns to every row, computed lazily, and saves into the pipeline's
/// <c>.zip</c>. Safe for use by several threads at once.
/// </summary>
public abstract class ModelSpaceTransformer : ITransformer
{
    private readonly ModelFormat _format;

    private protected ModelSpaceTransformer(IHostEnvironment env, ModelFormat format)
    {
        ArgumentNullException.ThrowIfNull(env);
        _format = format;
        Host = env;
    }

    private protected IHostEnvironment Host { get; }

    /// <summary>Always true: a row comes out for each row that goes in.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The input's schema with this transformer's columns behind it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that it needs is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema, null).Output;
    }

    /// <summary>The view with this transformer's columns; nothing is computed until a cursor reads them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that it needs is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(Bind(input.Schema, input.GetRowCount()), input);
    }

    /// <summary>The same for single rows, as prediction engines use it.</summary>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowMapper(Bind(inputSchema, 1));
    }

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => _format.Save(ctx, Write);

    /// <summary>Checks a schema and says what is added to it. <paramref name="rows"/> is the number of rows where it is known.</summary>
    private protected abstract RowBinding Bind(DataViewSchema input, long? rows);

    /// <summary>Writes what the loader reads.</summary>
    private protected abstract void Write(BinaryWriter writer);

    private sealed class RowMapper(RowBinding binding) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => binding.Input;

        public DataViewSchema OutputSchema => binding.Output;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            binding.GetDependencies(dependingColumns);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
            binding.OpenRow(input, [.. activeColumns]);
    }
}
