using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer that adds columns computed from one row.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host)
    {
        Host = host;
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowToRowMapper(MakeRowMapper(inputSchema)).OutputSchema;
    }

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowMapperView(input, MakeRowMapper(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowToRowMapper(MakeRowMapper(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    private protected abstract RowMapper MakeRowMapper(DataViewSchema schema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>A transformer each of whose outputs is computed from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string Output, string Input)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, (string Output, string Input)[] columns) : base(host)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var outputs = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            Errors.CheckNonEmpty(output, nameof(columns));
            Errors.CheckNonEmpty(input, nameof(columns));
            if (!outputs.Add(output))
                throw new ArgumentOutOfRangeException(nameof(columns), $"New column '{output}' specified multiple times");
        }
        ColumnPairs = columns;
    }

    private protected OneToOneTransformerBase(IHost host, ModelLoadContext ctx) : this(host, LoadColumns(ctx))
    {
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    private static (string, string)[] LoadColumns(ModelLoadContext ctx)
    {
        var columns = new (string, string)[ctx.LoadCount(4)];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        return columns;
    }

    /// <summary>Finds the input columns in a schema and leaves the rest to <see cref="MakeOutput"/> and <see cref="MakeGetter"/>.</summary>
    private protected abstract class OneToOneMapper : RowMapper
    {
        protected readonly OneToOneTransformerBase Parent;
        protected readonly DataViewSchema.Column[] Inputs;

        protected OneToOneMapper(OneToOneTransformerBase parent, DataViewSchema schema) : base(schema)
        {
            Parent = parent;
            Inputs = Array.ConvertAll(parent.ColumnPairs, pair => schema.GetColumnOrNull(pair.Input) ?? throw Errors.ColumnNotFound("inputSchema", "input", pair.Input));
        }

        public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs)
        {
            for (int i = 0; i < activeOutputs.Length; i++)
                inputs[Inputs[i].Index] |= activeOutputs[i];
        }

        public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
        {
            var getters = new Delegate[activeOutputs.Length];
            for (int i = 0; i < getters.Length; i++)
                if (activeOutputs[i])
                    getters[i] = MakeGetter(input, i);
            return getters;
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputs()
        {
            var outputs = new DataViewSchema.DetachedColumn[Inputs.Length];
            for (int i = 0; i < outputs.Length; i++)
                outputs[i] = MakeOutput(i, Parent.ColumnPairs[i].Output);
            return outputs;
        }

        protected abstract DataViewSchema.DetachedColumn MakeOutput(int index, string name);

        protected abstract Delegate MakeGetter(DataViewRow input, int index);
    }
}

/// <summary>An estimator that has nothing to learn: its transformer is ready before there is data.</summary>
public abstract class TrivialEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : class, ITransformer
{
    private protected readonly IHost Host;
    private protected readonly TTransformer Transformer;

    private protected TrivialEstimator(IHost host, TTransformer transformer)
    {
        Host = host;
        Transformer = transformer;
    }

    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        // Checks that the columns are there and of the right types.
        Transformer.GetOutputSchema(input.Schema);
        return Transformer;
    }

    public abstract SchemaShape GetOutputSchema(SchemaShape inputSchema);
}
