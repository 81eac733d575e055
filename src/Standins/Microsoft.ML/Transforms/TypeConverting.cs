using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(TypeConvertingTransformer), null, typeof(SignatureLoadModel), "Convert", TypeConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Converts the items of columns to another type. Keys stay keys.</summary>
public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal TypeConvertingEstimator(IHostEnvironment env, DataKind kind, params (string Output, string Input)[] columns)
        : base(env.Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, kind, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var outputs = Array.ConvertAll(Transformer.ColumnPairs, pair =>
        {
            if (!inputSchema.TryFindColumn(pair.Input, out var column))
                throw Errors.ColumnNotFound(nameof(inputSchema), "input", pair.Input);
            var type = Transformer.ItemType;
            if (ItemConversions.Find(column.ItemType.RawType, type.RawType) is null)
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Don't know how to convert {pair.Input} into {type}");
            bool isKey = column.IsKey && KeyDataViewType.IsValidDataType(type.RawType);
            bool flags = column.ItemType is BooleanDataViewType && type is NumberDataViewType;
            SchemaShape.Column normalized = flags ? new(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false) : default;
            var kept = column.Annotations.Where(a => (a.Name == AnnotationKinds.SlotNames && column.Kind == SchemaShape.Column.VectorKind.Vector) || (a.Name == AnnotationKinds.KeyValues && isKey));
            return new SchemaShape.Column(pair.Output, column.Kind, type, false, new SchemaShape(flags ? [normalized, .. kept] : kept));
        });
        return inputSchema.With(outputs);
    }
}

/// <inheritdoc cref="TypeConvertingEstimator"/>
public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ConvertTransform";
    private readonly DataKind _kind;

    internal TypeConvertingTransformer(IHostEnvironment env, DataKind kind, (string Output, string Input)[] columns)
        : base(env.Register(nameof(TypeConvertingTransformer)), columns)
    {
        _kind = kind;
        ItemType = DataViewTypes.FromKind(kind);
    }

    internal PrimitiveDataViewType ItemType { get; }

    private static VersionInfo Version => new("CONVERTF", 0x00010001, 0x00010001, 0x00010001, typeof(TypeConvertingTransformer).Assembly.FullName, LoaderSignature);

    private static ArgumentOutOfRangeException Incompatible(string name, string from, DataViewType to) =>
        new("inputSchema", $"source column '{name}' with item type '{from}' is not compatible with destination type '{to}'");

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write((byte)_kind);
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    private static TypeConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        var kind = (DataKind)ctx.Reader.ReadByte();
        if (kind is < DataKind.SByte or > DataKind.DateTimeOffset)
            throw Errors.BadModel($"Corrupt model file: unknown data kind {kind}");
        var columns = new (string, string)[ctx.LoadCount(2)];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        return new TypeConvertingTransformer(env, kind, columns);
    }

    private sealed class Mapper : OneToOneMapper
    {
        private readonly Delegate[] _converters;
        private readonly DataViewType[] _types;

        public Mapper(TypeConvertingTransformer parent, DataViewSchema inputSchema) : base(parent, inputSchema)
        {
            _types = Array.ConvertAll(Inputs, column => TypeOf(column.Type, parent.ItemType));
            _converters = new Delegate[Inputs.Length];
            for (int i = 0; i < Inputs.Length; i++)
            {
                var item = Inputs[i].Type.ItemType();
                _converters[i] = (item is KeyDataViewType key ? ItemConversions.FindKey(key, parent.ItemType.RawType) : ItemConversions.Find(item.RawType, parent.ItemType.RawType))
                    ?? throw Incompatible(Inputs[i].Name, Inputs[i].Type.ToString(), parent.ItemType);
            }
        }

        protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name)
        {
            var input = Inputs[index];
            var builder = new DataViewSchema.Annotations.Builder();
            if (input.Type.ItemType() is BooleanDataViewType && _types[index].ItemType() is NumberDataViewType)
                builder.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
            builder.Add(input.Annotations, kind =>
                (kind == AnnotationKinds.SlotNames && input.Type.IsKnownSizeVector()) || (kind == AnnotationKinds.KeyValues && input.HasKeyValues()));
            return new(name, _types[index], builder.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int index)
        {
            string method = Inputs[index].Type is VectorDataViewType ? nameof(VectorGetter) : nameof(ScalarGetter);
            return (Delegate)typeof(Mapper).GetMethod(method, System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                .MakeGenericMethod(Inputs[index].Type.ItemType().RawType, _types[index].ItemType().RawType)
                .Invoke(null, [input, Inputs[index], _converters[index]]);
        }

        private static DataViewType TypeOf(DataViewType source, PrimitiveDataViewType item)
        {
            if (source.ItemType() is KeyDataViewType key && KeyDataViewType.IsValidDataType(item.RawType))
                item = new KeyDataViewType(item.RawType, key.Count);
            return source is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item;
        }

        private static ValueGetter<TTo> ScalarGetter<TFrom, TTo>(DataViewRow input, DataViewSchema.Column column, Func<TFrom, TTo> convert)
        {
            var get = input.GetGetter<TFrom>(column);
            TFrom source = default;
            return (ref TTo value) =>
            {
                get(ref source);
                value = convert(source);
            };
        }

        private static ValueGetter<VBuffer<TTo>> VectorGetter<TFrom, TTo>(DataViewRow input, DataViewSchema.Column column, Func<TFrom, TTo> convert)
        {
            var get = input.GetGetter<VBuffer<TFrom>>(column);
            VBuffer<TFrom> source = default;
            // What is not explicit is the default, and may become something that is not.
            TTo implicitValue = convert(default);
            bool keepsSparse = EqualityComparer<TTo>.Default.Equals(implicitValue, default);
            return (ref VBuffer<TTo> value) =>
            {
                get(ref source);
                if (!source.IsDense && !keepsSparse)
                    source.CopyToDense(ref source);
                var editor = VBufferEditor.Create(ref value, source.Length, source.Count);
                for (int i = 0; i < source.Count; i++)
                    editor.Values[i] = convert(source.Values[i]);
                source.GetIndices().CopyTo(editor.Indices);
                value = editor.Commit();
            };
        }
    }
}
