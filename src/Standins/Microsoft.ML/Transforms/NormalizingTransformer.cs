using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(NormalizingTransformer), null, typeof(SignatureLoadModel), "Normalizer", NormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Scales the slots of numeric columns as learned.</summary>
public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "Normalizer";
    private readonly Normalizer[] _normalizers;

    internal NormalizingTransformer(IHostEnvironment env, (string Output, string Input)[] columns, Normalizer[] normalizers)
        : base(env.Register(nameof(NormalizingTransformer)), columns)
    {
        _normalizers = normalizers;
    }

    private NormalizingTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx)
    {
        _normalizers = new Normalizer[ColumnPairs.Length];
        for (int i = 0; i < _normalizers.Length; i++)
            _normalizers[i] = Normalizer.Load(ctx);
    }

    private static VersionInfo Version => new("NORMALZR", 0x00010002, 0x00010002, 0x00010001, typeof(NormalizingTransformer).Assembly.FullName, LoaderSignature);

    /// <summary>What was learned of the column of this number.</summary>
    public NormalizerModelParametersBase GetNormalizerModelParameters(int index) =>
        (uint)index < (uint)_normalizers.Length
            ? _normalizers[index].Parameters
            : throw new ArgumentOutOfRangeException(nameof(index), $"Not valid. Valid range is from 0 (inclusive) to {_normalizers.Length} (exclusive) but got {index}.");

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        SaveColumns(ctx);
        foreach (var normalizer in _normalizers)
            normalizer.Save(ctx.Writer);
    }

    private static NormalizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new NormalizingTransformer(env.Register(nameof(NormalizingTransformer)), ctx);
    }

    private sealed class Mapper : OneToOneMapper
    {
        public Mapper(NormalizingTransformer parent, DataViewSchema schema) : base(parent, schema)
        {
            for (int i = 0; i < Inputs.Length; i++)
                if (Inputs[i].Type is VectorDataViewType { IsKnownSize: false })
                    throw Errors.SchemaMismatch("inputSchema", "input", Inputs[i].Name, $"scalar or known-size vector of {Inputs[i].Type.ItemType()}", "variable-size vector");
                else if (!parent._normalizers[i].Accepts(Inputs[i].Type))
                    throw Errors.SchemaMismatch("inputSchema", "input", Inputs[i].Name, parent._normalizers[i].TypeName, Inputs[i].Type.ToString());
        }

        protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            builder.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
            builder.Add(Inputs[index].Annotations, kind => kind == AnnotationKinds.SlotNames);
            var item = ((NormalizingTransformer)Parent)._normalizers[index].ItemType;
            return new(name, Inputs[index].Type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item, builder.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int index) => ((NormalizingTransformer)Parent)._normalizers[index].MakeGetter(input, Inputs[index]);
    }

    /// <summary>What a normalizer learned.</summary>
    public abstract class NormalizerModelParametersBase
    {
        private protected NormalizerModelParametersBase()
        {
        }
    }

    /// <summary>A value x becomes (x - <see cref="Offset"/>) * <see cref="Scale"/>; no offsets at all are an empty array.</summary>
    public sealed class AffineNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal AffineNormalizerModelParameters(TData scale, TData offset)
        {
            Scale = scale;
            Offset = offset;
        }

        public TData Scale { get; }

        public TData Offset { get; }
    }

    /// <summary>A value becomes the share of a normal distribution below it.</summary>
    public sealed class CdfNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal CdfNormalizerModelParameters(TData mean, TData standardDeviation)
        {
            Mean = mean;
            StandardDeviation = standardDeviation;
        }

        public TData Mean { get; }

        public TData StandardDeviation { get; }
    }
}

/// <summary>The normalization of one column.</summary>
internal abstract class Normalizer(NumberDataViewType itemType, bool isVector, int slots)
{
    protected bool IsVector => isVector;

    /// <summary>Of what was learned from, and of what comes out.</summary>
    public NumberDataViewType ItemType => itemType;

    public string TypeName => isVector ? $"Vector<{itemType}, {slots}>" : itemType.ToString();

    public abstract NormalizingTransformer.NormalizerModelParametersBase Parameters { get; }

    // A vector of another length is found out row by row, and another precision by the getter, as officially.
    public bool Accepts(DataViewType type) => NormalizingEstimator.IsNumber(type) && type is VectorDataViewType == isVector;

    public abstract Delegate MakeGetter(DataViewRow input, DataViewSchema.Column column);

    public abstract void Save(BinaryWriter writer);

    // The first byte says in its lowest bit whether values are single-precision, in the next whether the normal distribution is used.
    public static Normalizer Load(ModelLoadContext ctx)
    {
        byte flags = ctx.Reader.ReadByte();
        bool isSingle = (flags & 1) != 0, isCdf = (flags & 2) != 0, isVector = ctx.Reader.ReadBoolean(), hasOffsets = ctx.Reader.ReadBoolean();
        int count = ctx.LoadCount((isSingle ? sizeof(float) : sizeof(double)) * (hasOffsets ? 2 : 1));
        if (!isVector && count != 1)
            throw Errors.BadModel($"Corrupt model file: a normalizer of a scalar with {count} slots");
        if (flags > 3 || (isCdf && !hasOffsets))
            throw Errors.BadModel("Corrupt model file: a normalizer of an unknown kind");
        return isSingle ? Load<float>(ctx.Reader, count, isVector, hasOffsets, isCdf) : Load<double>(ctx.Reader, count, isVector, hasOffsets, isCdf);
    }

    protected static NumberDataViewType ItemTypeOf<T>() => typeof(T) == typeof(float) ? NumberDataViewType.Single : NumberDataViewType.Double;

    protected static InvalidOperationException WrongLength(string column, int expected, int actual) =>
        new($"Column '{column}': the normalizer expected {expected} slots but got {actual}");

    protected static void Save<T>(BinaryWriter writer, NormalizerKind kind, bool isVector, T[] scales, T[] offsets)
    {
        writer.Write((byte)((typeof(T) == typeof(float) ? 1 : 0) | (kind == NormalizerKind.CumulativeDistribution ? 2 : 0)));
        writer.Write(isVector);
        writer.Write(offsets is not null);
        writer.Write(scales.Length);
        foreach (T scale in scales)
            ItemCodec<T>.Write(writer, scale);
        foreach (T offset in offsets ?? [])
            ItemCodec<T>.Write(writer, offset);
    }

    private static Normalizer Load<T>(BinaryReader reader, int count, bool isVector, bool hasOffsets, bool isCdf)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scales = LoadArray<T>(reader, count), offsets = hasOffsets ? LoadArray<T>(reader, count) : null;
        return isCdf ? new CdfNormalizer<T>(scales, offsets, isVector) : new Normalizer<T>(scales, offsets, isVector);
    }

    private static T[] LoadArray<T>(BinaryReader reader, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = ItemCodec<T>.Read(reader);
            if (!T.IsFinite(values[i]))
                throw Errors.BadModel("Corrupt model file: a normalizer has a scale or offset that is not finite");
        }
        return values;
    }
}

internal sealed class Normalizer<T>(T[] scales, T[] offsets, bool isVector) : Normalizer(ItemTypeOf<T>(), isVector, scales.Length)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => IsVector
        ? new NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>>(ImmutableArray.Create(scales), ImmutableArray.Create(offsets ?? []))
        : new NormalizingTransformer.AffineNormalizerModelParameters<T>(scales[0], offsets is null ? T.Zero : offsets[0]);

    public override Delegate MakeGetter(DataViewRow input, DataViewSchema.Column column)
    {
        if (IsVector)
            return MakeVectorGetter(input.GetGetter<VBuffer<T>>(column), column.Name);
        var get = input.GetGetter<T>(column);
        T scale = scales[0], offset = offsets is null ? T.Zero : offsets[0];
        return (ValueGetter<T>)((ref T value) =>
        {
            get(ref value);
            value = (value - offset) * scale;
        });
    }

    public override void Save(BinaryWriter writer) => Save(writer, NormalizerKind.MinMax, IsVector, scales, offsets);

    private ValueGetter<VBuffer<T>> MakeVectorGetter(ValueGetter<VBuffer<T>> get, string name)
    {
        VBuffer<T> source = default;
        return (ref VBuffer<T> value) =>
        {
            get(ref source);
            if (source.Length != scales.Length)
                throw WrongLength(name, scales.Length, source.Length);
            if (source.IsDense)
            {
                var dense = VBufferEditor.Create(ref value, source.Length);
                if (offsets is null)
                    TensorPrimitives.MultiplyAdd(source.GetValues(), scales, T.Zero, dense.Values); // adding zero makes -0 plain
                else
                    SubtractMultiply(source.GetValues(), dense.Values);
                value = dense.Commit();
            }
            else if (offsets is null)
            {
                var sparse = VBufferEditor.Create(ref value, source.Length, source.Count);
                var indices = source.GetIndices();
                indices.CopyTo(sparse.Indices);
                for (int i = 0; i < indices.Length; i++)
                    sparse.Values[i] = source.Values[i] * scales[indices[i]];
                value = sparse.Commit();
            }
            else
            {
                var dense = VBufferEditor.Create(ref value, source.Length);
                source.CopyTo(dense.Values);
                SubtractMultiply(dense.Values, dense.Values);
                value = dense.Commit();
            }
        };
    }

    private void SubtractMultiply(ReadOnlySpan<T> values, Span<T> result)
    {
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            (((new Vector<T>(values[i..]) - new Vector<T>(offsets, i)) * new Vector<T>(scales, i)) + Vector<T>.Zero).CopyTo(result[i..]);
        for (; i < values.Length; i++)
            result[i] = ((values[i] - offsets[i]) * scales[i]) + T.Zero; // adding zero makes -0 plain
    }
}
