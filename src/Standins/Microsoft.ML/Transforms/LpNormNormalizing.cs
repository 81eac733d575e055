using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(LpNormNormalizingTransformer), null, typeof(SignatureLoadModel), "Lp-norm normalizer", LpNormNormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Scales each row's vector to norm 1.</summary>
public abstract class LpNormNormalizingEstimatorBase : TrivialEstimator<LpNormNormalizingTransformer>
{
    private protected LpNormNormalizingEstimatorBase(IHost host, LpNormNormalizingTransformer transformer) : base(host, transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var (output, input) = Transformer.ColumnPairs[0];
        if (!inputSchema.TryFindColumn(input, out var column))
            throw Errors.ColumnNotFound(nameof(inputSchema), "input", input);
        if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single || column.IsKey)
            throw Errors.SchemaMismatch(nameof(inputSchema), "input", input, LpNormNormalizingTransformer.Expected, column.GetTypeString());
        var normalized = new SchemaShape.Column(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);
        var annotations = new SchemaShape(column.Annotations.TryFindColumn(AnnotationKinds.SlotNames, out var slots) ? [slots, normalized] : [normalized]);
        return inputSchema.With(new SchemaShape.Column(output, column.Kind, column.ItemType, false, annotations));
    }

    /// <summary>What is divided by.</summary>
    public enum NormFunction : byte
    {
        /// <summary>The root of the sum of squares.</summary>
        L2 = 0,

        /// <summary>The standard deviation of the row.</summary>
        StandardDeviation = 1,

        /// <summary>The sum of absolute values.</summary>
        L1 = 2,

        /// <summary>The largest absolute value.</summary>
        Infinity = 3,
    }
}

/// <inheritdoc/>
public sealed class LpNormNormalizingEstimator : LpNormNormalizingEstimatorBase
{
    internal LpNormNormalizingEstimator(IHostEnvironment env, string output, string input, NormFunction norm, bool ensureZeroMean)
        : base(env.Register(nameof(LpNormNormalizingEstimator)), new LpNormNormalizingTransformer(env, output, input, norm, ensureZeroMean))
    {
    }
}

/// <inheritdoc cref="LpNormNormalizingEstimatorBase"/>
public sealed class LpNormNormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "LpNormNormalizer";
    internal const string Expected = "Expected known-size vector of Single";

    // Vectors longer than this keep their length: the official transformer's limit.
    private const float MinScale = 1e-8f;

    private readonly LpNormNormalizingEstimatorBase.NormFunction _norm;
    private readonly bool _ensureZeroMean;

    internal LpNormNormalizingTransformer(IHostEnvironment env, string output, string input, LpNormNormalizingEstimatorBase.NormFunction norm, bool ensureZeroMean)
        : base(env.Register(nameof(LpNormNormalizingTransformer)), [(output, input)])
    {
        if (norm > LpNormNormalizingEstimatorBase.NormFunction.Infinity)
            throw new ArgumentOutOfRangeException(nameof(norm), $"Unknown norm {norm}");
        _norm = norm;
        _ensureZeroMean = ensureZeroMean;
    }

    private static VersionInfo Version => new("LPNORMNR", 0x00010001, 0x00010001, 0x00010001, typeof(LpNormNormalizingTransformer).Assembly.FullName, LoaderSignature);

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.SaveNonEmptyString(ColumnPairs[0].Output);
        ctx.SaveNonEmptyString(ColumnPairs[0].Input);
        ctx.Writer.Write((byte)_norm);
        ctx.Writer.Write(_ensureZeroMean);
    }

    private static LpNormNormalizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        string output = ctx.LoadNonEmptyString(), input = ctx.LoadNonEmptyString();
        var norm = (LpNormNormalizingEstimatorBase.NormFunction)ctx.Reader.ReadByte();
        if (norm > LpNormNormalizingEstimatorBase.NormFunction.Infinity)
            throw Errors.BadModel($"Corrupt model file: unknown norm {norm}");
        return new LpNormNormalizingTransformer(env, output, input, norm, ctx.Reader.ReadBoolean());
    }

    // A zero norm, and one beyond the limit or not finite, leaves the vector as long as it is.
    private float ScaleOf(ReadOnlySpan<float> values, int length)
    {
        float norm = 0;
        switch (_norm)
        {
            case LpNormNormalizingEstimatorBase.NormFunction.L2:
                norm = MathF.Sqrt(TensorPrimitives.SumOfSquares(values));
                break;
            case LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation:
                norm = StandardDeviation(values, length);
                break;
            case LpNormNormalizingEstimatorBase.NormFunction.L1:
                norm = TensorPrimitives.SumOfMagnitudes(values);
                break;
            case LpNormNormalizingEstimatorBase.NormFunction.Infinity:
                foreach (float value in values)
                    norm = Math.Abs(value) > norm ? Math.Abs(value) : norm;
                break;
        }
        float scale = 1 / norm;
        return norm > 0 && scale >= MinScale && float.IsFinite(scale) ? scale : 1;
    }

    // Implicit zeros count as much as explicit ones.
    private static float StandardDeviation(ReadOnlySpan<float> values, int length)
    {
        double mean = TensorPrimitives.Sum(values) / (double)length, sum = (length - values.Length) * mean * mean;
        foreach (float value in values)
            sum += (value - mean) * (value - mean);
        float variance = (float)(sum / length);
        return MathF.Sqrt(variance);
    }

    private sealed class Mapper : OneToOneMapper
    {
        private readonly LpNormNormalizingTransformer _parent;

        public Mapper(LpNormNormalizingTransformer parent, DataViewSchema inputSchema) : base(parent, inputSchema)
        {
            _parent = parent;
            if (!Inputs[0].Type.IsKnownSizeVector() || Inputs[0].Type.ItemType() != NumberDataViewType.Single)
                throw Errors.SchemaMismatch(nameof(inputSchema), "input", Inputs[0].Name, Expected, Inputs[0].Type.ToString());
        }

        protected override DataViewSchema.DetachedColumn MakeOutput(int index, string name)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            builder.Add(Inputs[index].Annotations, kind => kind == AnnotationKinds.SlotNames);
            builder.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
            return new(name, Inputs[index].Type, builder.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int index)
        {
            var get = input.GetGetter<VBuffer<float>>(Inputs[index]);
            VBuffer<float> source = default;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                get(ref source);
                if (_parent._ensureZeroMean)
                    source.CopyToDense(ref value);
                else
                    source.CopyTo(ref value);
                var values = VBufferEditor.CreateFromBuffer(ref value).Values;
                if (_parent._ensureZeroMean && values.Length > 0)
                    TensorPrimitives.Subtract(values, TensorPrimitives.Sum<float>(values) / values.Length, values);
                TensorPrimitives.Multiply(values, _parent.ScaleOf(values, value.Length), values);
            });
        }
    }
}
