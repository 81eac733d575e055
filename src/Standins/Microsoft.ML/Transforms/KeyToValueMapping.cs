using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel), "Key to value", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Maps keys back to the values in their annotations.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string Output, string Input)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var outputs = Array.ConvertAll(Transformer.ColumnPairs, pair =>
        {
            if (!inputSchema.TryFindColumn(pair.Input, out var column))
                throw Errors.ColumnNotFound(nameof(inputSchema), "input", pair.Input);
            if (!column.IsKey)
                throw Errors.SchemaMismatch(nameof(inputSchema), "input", pair.Input, "KeyType", column.GetTypeString());
            if (!column.Annotations.TryFindColumn(AnnotationKinds.KeyValues, out var values))
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Input column '{pair.Input}' doesn't contain key values metadata");
            return new SchemaShape.Column(
                pair.Output, column.Kind, values.ItemType, values.IsKey, new SchemaShape(column.Annotations.Where(a => a.Name == AnnotationKinds.SlotNames)));
        });
        return inputSchema.With(outputs);
    }
}

/// <inheritdoc cref="KeyToValueMappingEstimator"/>
public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, (string Output, string Input)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private KeyToValueMappingTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx)
    {
    }

    private static VersionInfo Version => new("KEY2VALT", 0x00010001, 0x00010001, 0x00010001, typeof(KeyToValueMappingTransformer).Assembly.FullName, LoaderSignature);

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
    }

    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new KeyToValueMappingTransformer(env.Register(nameof(KeyToValueMappingTransformer)), ctx);
    }

    private sealed class Mapper : OneToOneMapper
    {
        public Mapper(KeyToValueMappingTransformer parent, DataViewSchema schema) : base(parent, schema)
        {
            foreach (var column in Inputs)
                if (!column.HasKeyValues())
                    throw new InvalidOperationException("Metadata KeyValues does not exist");
        }

        protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name)
        {
            var input = Inputs[index];
            var builder = new DataViewSchema.Annotations.Builder();
            builder.Add(input.Annotations, kind => kind == AnnotationKinds.SlotNames);
            var item = (PrimitiveDataViewType)ValueType(input);
            return new(name, input.Type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item, builder.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int index) =>
            (Delegate)typeof(Mapper).GetMethod(nameof(MakeTypedGetter), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                .MakeGenericMethod(Inputs[index].Type.ItemType().RawType, ValueType(Inputs[index]).RawType)
                .Invoke(null, [input, Inputs[index]]);

        private static DataViewType ValueType(DataViewSchema.Column column) => column.Annotations.Schema[AnnotationKinds.KeyValues].Type.ItemType();

        private static Delegate MakeTypedGetter<TKey, TValue>(DataViewRow input, DataViewSchema.Column column)
            where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
        {
            VBuffer<TValue> annotation = default;
            column.GetKeyValues(ref annotation);
            var values = new TValue[annotation.Length + 1];
            annotation.CopyTo(values.AsSpan(1));
            // A missing key is a missing value.
            values[0] = typeof(TValue) == typeof(float) ? (TValue)(object)float.NaN : typeof(TValue) == typeof(double) ? (TValue)(object)double.NaN : default;
            TValue ValueOf(TKey key) => ulong.CreateTruncating(key) is var index && index < (ulong)values.Length ? values[index] : values[0];

            if (column.Type is not VectorDataViewType)
            {
                var get = input.GetGetter<TKey>(column);
                TKey key = default;
                return (ValueGetter<TValue>)((ref TValue value) =>
                {
                    get(ref key);
                    value = ValueOf(key);
                });
            }
            var getVector = input.GetGetter<VBuffer<TKey>>(column);
            VBuffer<TKey> keys = default;
            return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> value) =>
            {
                getVector(ref keys);
                if (!keys.IsDense)
                    keys.CopyToDense(ref keys);
                var editor = VBufferEditor.Create(ref value, keys.Length);
                for (int i = 0; i < keys.Length; i++)
                    editor.Values[i] = ValueOf(keys.Values[i]);
                value = editor.Commit();
            });
        }
    }
}
