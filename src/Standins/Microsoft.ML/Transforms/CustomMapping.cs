using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ITransformer), typeof(CustomMappingLoader), null, typeof(SignatureLoadModel), "Custom mapping", CustomMappingLoader.LoaderSignature)]

namespace Microsoft.ML
{
    public static class CustomMappingCatalog
    {
        /// <summary>Makes columns by code of one's own. Without a contract name the transformer cannot be saved.</summary>
        public static CustomMappingEstimator<TSrc, TDst> CustomMapping<TSrc, TDst>(
            this TransformsCatalog catalog,
            Action<TSrc, TDst> mapAction,
            string contractName,
            SchemaDefinition inputSchemaDefinition = null,
            SchemaDefinition outputSchemaDefinition = null)
            where TSrc : class, new()
            where TDst : class, new() =>
            new(catalog.Environment, mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition);
    }
}

namespace Microsoft.ML.Transforms
{
    /// <inheritdoc cref="CustomMappingCatalog"/>
    public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
        where TSrc : class, new()
        where TDst : class, new()
    {
        internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition inputs, SchemaDefinition outputs)
            : base(env.Register(nameof(CustomMappingEstimator<TSrc, TDst>)), new CustomMappingTransformer<TSrc, TDst>(mapAction, contractName, inputs, outputs))
        {
        }

        public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            foreach (var wanted in Transformer.InputDefinition)
            {
                if (!inputSchema.TryFindColumn(wanted.ColumnName, out var column))
                    throw Errors.ColumnNotFound(nameof(inputSchema), "input", wanted.ColumnName);
                var shape = SchemaShape.Column.FromType(wanted.ColumnName, wanted.ColumnType);
                if (!shape.ItemType.Equals(column.ItemType) || (shape.Kind == SchemaShape.Column.VectorKind.Scalar) != (column.Kind == SchemaShape.Column.VectorKind.Scalar))
                    throw Errors.SchemaMismatch(nameof(inputSchema), "input", wanted.ColumnName, shape.GetTypeString(), column.GetTypeString());
            }
            var outputs = Transformer.OutputSchema.Select(column => SchemaShape.Column.FromType(
                column.Name, column.Type, new SchemaShape(column.Annotations.Schema.Select(a => SchemaShape.Column.FromType(a.Name, a.Type)))));
            return inputSchema.With([.. outputs]);
        }
    }

    /// <inheritdoc cref="CustomMappingCatalog"/>
    public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
        where TSrc : class, new()
        where TDst : class, new()
    {
        private readonly Action<TSrc, TDst> _map;
        private readonly string _contractName;
        private readonly SchemaDefinition _outputs;

        internal CustomMappingTransformer(Action<TSrc, TDst> mapAction, string contractName, SchemaDefinition inputs, SchemaDefinition outputs)
        {
            ArgumentNullException.ThrowIfNull(mapAction);
            _map = mapAction;
            _contractName = contractName;
            InputDefinition = inputs ?? SchemaDefinition.Create(typeof(TSrc), SchemaDefinition.Direction.Write);
            _outputs = outputs ?? SchemaDefinition.Create(typeof(TDst), SchemaDefinition.Direction.Read);
            OutputSchema = new EnumerableView<TDst>([], _outputs).Schema;
        }

        internal SchemaDefinition InputDefinition { get; }

        internal DataViewSchema OutputSchema { get; }

        bool ITransformer.IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            return new RowToRowMapper(new Mapper(this, inputSchema)).OutputSchema;
        }

        public IDataView Transform(IDataView input)
        {
            ArgumentNullException.ThrowIfNull(input);
            return new RowMapperView(input, new Mapper(this, input.Schema));
        }

        IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            return new RowToRowMapper(new Mapper(this, inputSchema));
        }

        void ICanSaveModel.Save(ModelSaveContext ctx)
        {
            if (string.IsNullOrEmpty(_contractName))
                throw new InvalidOperationException("Empty contract name for a transform: the transform cannot be saved");
            CustomMappingLoader.Save(ctx, _contractName, _map.Method.DeclaringType?.Assembly.FullName);
        }

        /// <summary>The code runs once a row, whichever of its columns are read, over one pair of objects.</summary>
        private sealed class Mapper : RowMapper
        {
            private readonly CustomMappingTransformer<TSrc, TDst> _parent;
            private readonly RowFiller<TSrc> _filler;

            public Mapper(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema schema) : base(schema)
            {
                _parent = parent;
                _filler = new RowFiller<TSrc>(schema, ignoreMissingColumns: false, parent.InputDefinition);
            }

            public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs)
            {
                if (!activeOutputs.Contains(true))
                    return;
                foreach (var column in _filler.Columns)
                    inputs[column.Index] = true;
            }

            public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
            {
                var result = new Delegate[activeOutputs.Length];
                if (!activeOutputs.Contains(true))
                    return result;
                var source = new TSrc();
                var fill = _filler.Over(input);
                var current = new RowGetters<TDst>.Current { Row = new TDst() };
                var getters = new EnumerableView<TDst>([], _parent._outputs).GettersOver(current);
                long position = -1;
                void Run()
                {
                    if (position == input.Position && position >= 0)
                        return;
                    fill(source);
                    _parent._map(source, current.Row);
                    position = input.Position;
                }
                for (int i = 0; i < result.Length; i++)
                    if (activeOutputs[i])
                        result[i] = (Delegate)Generic.Call((Func<Action, ValueGetter<int>, Delegate>)After<int>, Outputs[i].Type.RawType, (Action)Run, getters[i]);
                return result;
            }

            protected override DataViewSchema.DetachedColumn[] MakeOutputs() =>
                [.. _parent.OutputSchema.Select(column => new DataViewSchema.DetachedColumn(column))];

            private static Delegate After<T>(Action run, ValueGetter<T> get) => (ValueGetter<T>)((ref T value) =>
            {
                run();
                get(ref value);
            });
        }
    }

    internal interface ICustomMappingFactory
    {
        ITransformer MakeTransformer(string contractName);
    }

    /// <summary>A saved custom mapping is its contract name, and the assembly that its code was in.</summary>
    internal static class CustomMappingLoader
    {
        public const string LoaderSignature = "CustomTransformer";

        private static VersionInfo Version => new("CUSTOMXF", 0x00010001, 0x00010001, 0x00010001, typeof(CustomMappingLoader).Assembly.FullName, LoaderSignature);

        public static void Save(ModelSaveContext ctx, string contractName, string assembly)
        {
            ctx.SetVersionInfo(Version);
            ctx.SaveNonEmptyString(contractName);
            ctx.SaveStringOrNull(assembly);
        }

        private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(Version);
            string contractName = ctx.LoadNonEmptyString(), assembly = ctx.LoadStringOrNull();
            foreach (var loaded in AppDomain.CurrentDomain.GetAssemblies())
                if (loaded.FullName == assembly)
                    env.ComponentCatalog.RegisterAssembly(loaded, throwOnError: false);
            var factory = env.ComponentCatalog.GetExtensionValue(typeof(CustomMappingFactoryAttributeAttribute), contractName);
            return factory is ICustomMappingFactory maker
                ? maker.MakeTransformer(contractName)
                : throw new InvalidOperationException($"The class with the contract name '{contractName}' is no CustomMappingFactory");
        }
    }
}
