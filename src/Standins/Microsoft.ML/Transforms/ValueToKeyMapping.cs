using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel), "Term", ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Learns the different values of columns, and maps them to keys. Empty text, NaN and missing keys are missing.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly int _maximumNumberOfKeys;
    private readonly KeyOrdinality _keyOrdinality;
    private readonly bool _asText;
    private readonly IDataView _keyData;
    private readonly (string Output, string Input)[] _columns;

    internal ValueToKeyMappingEstimator(
        IHostEnvironment env, int maximumNumberOfKeys, KeyOrdinality keyOrdinality, bool asText, IDataView keyData, params (string Output, string Input)[] columns)
    {
        foreach (var (output, _) in columns)
            Errors.CheckNonEmpty(output, "outputColumnName");
        if (keyData is not null && keyData.Schema.Count(column => !column.IsHidden) is var count && count != 1)
            throw new ArgumentOutOfRangeException(nameof(keyData), $"If specified, this data view should contain only a single column containing the terms to map, but this had {count} columns.");
        _env = env;
        _maximumNumberOfKeys = maximumNumberOfKeys;
        _keyOrdinality = keyOrdinality;
        _asText = asText;
        _keyData = keyData;
        _columns = columns;
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (_maximumNumberOfKeys <= 0)
            throw new ArgumentOutOfRangeException("MaxNumTerms", "Must be positive");
        foreach (var (_, name) in _columns)
            Errors.CheckNonEmpty(name, "columns");
        var inputSchema = input.Schema;
        var columns = Array.ConvertAll(_columns, pair => inputSchema.GetColumnOrNull(pair.Input) ?? throw Errors.ColumnNotFound(nameof(inputSchema), "input", pair.Input));
        var terms = new TermMap[columns.Length];
        if (_keyData is not null)
        {
            var source = _keyData.Schema.First(column => !column.IsHidden);
            for (int i = 0; i < terms.Length; i++)
            {
                if (!source.Type.ItemType().Equals(columns[i].Type.ItemType()))
                    throw new ArgumentOutOfRangeException("keyData", $"Input data's column must be of type '{columns[i].Type.ItemType()}' but was '{source.Type.ItemType()}'");
                terms[i] = Learn(_keyData, [source])[0];
            }
            return new ValueToKeyMappingTransformer(_env, _columns, terms, _asText);
        }
        return new ValueToKeyMappingTransformer(_env, _columns, Learn(input, columns), _asText);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var outputs = Array.ConvertAll(_columns, pair =>
        {
            if (!inputSchema.TryFindColumn(pair.Input, out var column))
                throw Errors.ColumnNotFound(nameof(inputSchema), "input", pair.Input);
            var values = _asText
                ? new SchemaShape.Column(AnnotationKinds.KeyValues, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)
                : new SchemaShape.Column(AnnotationKinds.KeyValues, SchemaShape.Column.VectorKind.Vector, column.ItemType, column.IsKey);
            var slots = column.Annotations.Where(a => a.Name == AnnotationKinds.SlotNames);
            return new SchemaShape.Column(pair.Output, column.Kind, NumberDataViewType.UInt32, true, new SchemaShape([.. slots, values]));
        });
        return inputSchema.With(outputs);
    }

    private TermMap[] Learn(IDataView data, DataViewSchema.Column[] columns)
    {
        using var cursor = data.GetRowCursor(columns);
        var terms = Array.ConvertAll(columns, column => TermMap.Make(column.Type.ItemType(), _maximumNumberOfKeys));
        var learners = new Action[columns.Length];
        for (int i = 0; i < learners.Length; i++)
            learners[i] = terms[i].Learner(cursor, columns[i]);
        while (cursor.MoveNext())
            foreach (var learn in learners)
                learn();
        if (_keyOrdinality == KeyOrdinality.ByValue)
            foreach (var map in terms)
                map.Sort();
        return terms;
    }

    /// <summary>The order of the keys.</summary>
    public enum KeyOrdinality : byte
    {
        /// <summary>As the values first come.</summary>
        ByOccurrence = 0,

        /// <summary>By the values' own order; text by code units.</summary>
        ByValue = 1,
    }
}

/// <inheritdoc cref="ValueToKeyMappingEstimator"/>
public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TermTransform";
    private readonly TermMap[] _terms;
    private readonly bool _asText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, (string Output, string Input)[] columns, TermMap[] terms, bool asText)
        : base(env.Register(nameof(ValueToKeyMappingTransformer)), columns)
    {
        _terms = terms;
        _asText = asText;
    }

    private ValueToKeyMappingTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx)
    {
        _asText = ctx.Reader.ReadBoolean();
        _terms = new TermMap[ColumnPairs.Length];
        for (int i = 0; i < _terms.Length; i++)
        {
            _terms[i] = TermMap.Make(SchemaReader.ReadType(ctx.Reader), int.MaxValue);
            _terms[i].Load(ctx);
        }
    }

    private static VersionInfo Version => new("TERMTRNF", 0x00010001, 0x00010001, 0x00010001, typeof(ValueToKeyMappingTransformer).Assembly.FullName, LoaderSignature);

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        ctx.Writer.Write(_asText);
        foreach (var terms in _terms)
        {
            SchemaWriter.WriteType(ctx.Writer, terms.ItemType);
            terms.Save(ctx.Writer);
        }
    }

    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ValueToKeyMappingTransformer(env.Register(nameof(ValueToKeyMappingTransformer)), ctx);
    }

    private sealed class Mapper : OneToOneMapper
    {
        private readonly ValueToKeyMappingTransformer _parent;

        public Mapper(ValueToKeyMappingTransformer parent, DataViewSchema inputSchema) : base(parent, inputSchema)
        {
            _parent = parent;
            for (int i = 0; i < Inputs.Length; i++)
                if (Inputs[i].Type.ItemType().RawType != parent._terms[i].ItemType.RawType)
                    throw new InvalidOperationException(
                        $"Could not apply a map over type '{parent._terms[i].ItemType}' to column '{parent.ColumnPairs[i].Output}' since it has type '{Inputs[i].Type.ItemType()}'");
        }

        protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name)
        {
            var input = Inputs[index];
            var key = _parent._terms[index].KeyType;
            var builder = new DataViewSchema.Annotations.Builder();
            _parent._terms[index].AddKeyValues(builder, _parent._asText);
            builder.Add(input.Annotations, kind => kind == AnnotationKinds.SlotNames);
            return new(name, input.Type is VectorDataViewType vector ? new VectorDataViewType(key, vector.Dimensions) : key, builder.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int index) => _parent._terms[index].MakeGetter(input, Inputs[index]);
    }
}
