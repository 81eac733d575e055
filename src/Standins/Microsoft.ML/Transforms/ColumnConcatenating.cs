using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel), "Concatenation", ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms
{
    /// <summary>Puts columns of one item type one after another in a vector column.</summary>
    public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
    {
        private readonly IHostEnvironment _env;
        private readonly string _output;
        private readonly string[] _inputs;

        internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, string[] inputColumnNames)
        {
            Errors.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            ArgumentNullException.ThrowIfNull(inputColumnNames);
            if (inputColumnNames.Length == 0)
                throw new ArgumentOutOfRangeException(nameof(inputColumnNames), "Input columns not specified");
            if (Array.Exists(inputColumnNames, string.IsNullOrEmpty))
                throw new ArgumentOutOfRangeException(nameof(inputColumnNames), "Contained some null or empty items");
            _env = env;
            _output = outputColumnName;
            _inputs = inputColumnNames;
        }

        /// <summary>Reads nothing: what is wrong with the columns shows when the transformer is applied.</summary>
        public ColumnConcatenatingTransformer Fit(IDataView input)
        {
            ArgumentNullException.ThrowIfNull(input);
            return new ColumnConcatenatingTransformer(_env, _output, _inputs);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            ArgumentNullException.ThrowIfNull(inputSchema);
            var columns = Array.ConvertAll(_inputs, name => inputSchema.TryFindColumn(name, out var column)
                ? column
                : throw Errors.ColumnNotFound(nameof(inputSchema), "input", name));
            foreach (var column in columns)
            {
                // Officially only the check ahead of fitting refuses keys; fitted by itself, the estimator puts keys of one type together.
                if (column.IsKey)
                    throw new InvalidOperationException($"Column '{column.Name}' is key. Concatenation of keys is unsupported.");
                if (!column.ItemType.Equals(columns[0].ItemType))
                    throw new InvalidOperationException($"Concatenated columns should have the same type. Column '{column.Name}' has type of {column.ItemType}, but expected column type is {columns[0].ItemType}.");
            }
            var annotations = new List<SchemaShape.Column>();
            if (Array.TrueForAll(columns, c => c.Annotations.TryFindColumn(AnnotationKinds.IsNormalized, out _)))
                annotations.Add(new(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false));
            if (Array.Exists(columns, c => c.Kind == SchemaShape.Column.VectorKind.Scalar || c.Annotations.TryFindColumn(AnnotationKinds.SlotNames, out _)))
                annotations.Add(new(AnnotationKinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false));
            var kind = Array.Exists(columns, c => c.Kind == SchemaShape.Column.VectorKind.VariableVector)
                ? SchemaShape.Column.VectorKind.VariableVector
                : SchemaShape.Column.VectorKind.Vector;
            return inputSchema.With(new SchemaShape.Column(_output, kind, columns[0].ItemType, false, new SchemaShape(annotations)));
        }
    }
}

namespace Microsoft.ML.Data
{
    /// <inheritdoc cref="Transforms.ColumnConcatenatingEstimator"/>
    public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
    {
        internal const string LoaderSignature = "ConcatTransform";
        private readonly string _output;
        private readonly string[] _inputs;

        internal ColumnConcatenatingTransformer(IHostEnvironment env, string output, string[] inputs) : base(env.Register(nameof(ColumnConcatenatingTransformer)))
        {
            _output = output;
            _inputs = inputs;
        }

        private static VersionInfo Version => new("CONCAT F", 0x00010001, 0x00010001, 0x00010001, typeof(ColumnConcatenatingTransformer).Assembly.FullName, LoaderSignature);

        private protected override RowMapper MakeRowMapper(DataViewSchema schema)
        {
            var columns = Array.ConvertAll(_inputs, name => schema.GetColumnOrNull(name) ?? throw Errors.ColumnNotFound("inputSchema", "input", name));
            return (RowMapper)Generic.Call((Func<DataViewSchema, string, DataViewSchema.Column[], RowMapper>)MakeMapper<int>, columns[0].Type.ItemType().RawType, schema, _output, columns);
        }

        private protected override void SaveModel(ModelSaveContext ctx)
        {
            ctx.SetVersionInfo(Version);
            ctx.SaveNonEmptyString(_output);
            ctx.Writer.Write(_inputs.Length);
            foreach (string name in _inputs)
                ctx.SaveNonEmptyString(name);
        }

        private static ColumnConcatenatingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(Version);
            string output = ctx.LoadNonEmptyString();
            var inputs = new string[ctx.LoadCount()];
            for (int i = 0; i < inputs.Length; i++)
                inputs[i] = ctx.LoadNonEmptyString();
            return new ColumnConcatenatingTransformer(env, output, inputs);
        }

        private static RowMapper MakeMapper<T>(DataViewSchema schema, string output, DataViewSchema.Column[] columns) => new ConcatMapper<T>(schema, output, columns);
    }

    internal sealed class ConcatMapper<T> : RowMapper
    {
        private readonly string _output;
        private readonly DataViewSchema.Column[] _columns;
        private readonly VectorDataViewType _type;

        public ConcatMapper(DataViewSchema schema, string output, DataViewSchema.Column[] columns) : base(schema)
        {
            var itemType = columns[0].Type.ItemType();
            int size = 0;
            bool known = true;
            foreach (var column in columns)
            {
                if (!column.Type.ItemType().Equals(itemType))
                    throw Errors.SchemaMismatch("inputSchema", "input", column.Name, itemType.ToString(), column.Type.ToString());
                known &= column.Type.ValueCount() > 0;
                size = checked(size + column.Type.ValueCount());
            }
            _output = output;
            _columns = columns;
            _type = new VectorDataViewType((PrimitiveDataViewType)itemType, known ? size : 0);
        }

        public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs)
        {
            foreach (var column in _columns)
                inputs[column.Index] |= activeOutputs[0];
        }

        public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
        {
            if (!activeOutputs[0])
                return [null];
            // One vector column is itself, whatever the length of its rows.
            if (_columns is [{ Type: VectorDataViewType }])
                return [input.GetGetter<VBuffer<T>>(_columns[0])];
            return [Concatenate(Array.ConvertAll(_columns, column => new Source(input, column)))];
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputs()
        {
            var builder = new DataViewSchema.Annotations.Builder();
            if (Array.TrueForAll(_columns, c => c.IsNormalized()))
                builder.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
            if (_type.IsKnownSize && Array.Exists(_columns, c => c.Type is not VectorDataViewType || c.HasSlotNames()))
                builder.AddSlotNames(SlotNames());
            return [new(_output, _type, builder.ToAnnotations())];
        }

        // A scalar's slot is called as its column; a vector's slots have the column's name before their own, if there are other columns.
        private ReadOnlyMemory<char>[] SlotNames()
        {
            var names = new ReadOnlyMemory<char>[_type.Size];
            int start = 0;
            foreach (var column in _columns)
            {
                if (column.Type is not VectorDataViewType vector)
                {
                    names[start++] = column.Name.AsMemory();
                    continue;
                }
                if (column.HasSlotNames())
                {
                    VBuffer<ReadOnlyMemory<char>> slots = default;
                    column.GetSlotNames(ref slots);
                    foreach (var (slot, name) in slots.Items())
                        names[start + slot] = name.IsEmpty || _columns.Length == 1 ? name : $"{column.Name}.{name}".AsMemory();
                }
                start += vector.Size;
            }
            return names;
        }

        private static ValueGetter<VBuffer<T>> Concatenate(Source[] sources) => (ref VBuffer<T> value) =>
        {
            int length = 0, count = 0;
            foreach (var source in sources)
            {
                source.Read();
                length = checked(length + source.Length);
                count += source.Count;
            }
            // Mostly explicit values are better off dense.
            bool sparse = count < length && count <= length / 2;
            var editor = sparse ? VBufferEditor.Create(ref value, length, count) : VBufferEditor.Create(ref value, length);
            int start = 0, place = 0;
            foreach (var source in sources)
            {
                if (sparse)
                    place += source.CopySparse(editor.Values[place..], editor.Indices[place..], start);
                else
                    source.CopyDense(editor.Values.Slice(start, source.Length));
                start += source.Length;
            }
            value = editor.Commit();
        };

        /// <summary>One column of one row.</summary>
        private sealed class Source
        {
            private readonly DataViewSchema.Column _column;
            private readonly int _size;
            private readonly ValueGetter<T> _getScalar;
            private readonly ValueGetter<VBuffer<T>> _getVector;
            private T _scalar;
            private VBuffer<T> _vector;

            public Source(DataViewRow input, DataViewSchema.Column column)
            {
                _column = column;
                _size = column.Type.ValueCount();
                if (column.Type is VectorDataViewType)
                    _getVector = input.GetGetter<VBuffer<T>>(column);
                else
                    _getScalar = input.GetGetter<T>(column);
            }

            public int Length => _getScalar is not null ? 1 : _vector.Length;

            public int Count => _getScalar is not null ? 1 : _vector.Count;

            public void Read()
            {
                if (_getScalar is not null)
                {
                    _getScalar(ref _scalar);
                    return;
                }
                _getVector(ref _vector);
                if (_size > 0 && _vector.Length != _size)
                    throw new InvalidOperationException(Errors.WrongLength(_column.Name, _size, _vector.Length));
            }

            public void CopyDense(Span<T> target)
            {
                if (_getScalar is not null)
                    target[0] = _scalar;
                else
                    _vector.CopyTo(target);
            }

            public int CopySparse(Span<T> values, Span<int> indices, int start)
            {
                if (_getScalar is not null)
                {
                    values[0] = _scalar;
                    indices[0] = start;
                    return 1;
                }
                _vector.GetValues().CopyTo(values);
                for (int i = 0; i < _vector.Count; i++)
                    indices[i] = start + (_vector.IsDense ? i : _vector.Indices[i]);
                return _vector.Count;
            }
        }
    }
}
