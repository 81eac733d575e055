using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(MulticlassPredictionTransformer<>), typeof(MulticlassPredictionTransformer), null, typeof(SignatureLoadModel), "Multiclass predictions", MulticlassPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Adds <c>PredictedLabel</c>, a key with the values of the label trained on, and <c>Score</c>, one number a class.</summary>
public sealed class MulticlassPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    private readonly KeyDataViewType _labelType;
    private readonly DataViewSchema.Annotations _labelValues;

    internal MulticlassPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn, string labelColumn)
        : this(env, model, featureColumn, FeatureTypeOf(inputSchema, featureColumn), inputSchema[labelColumn].Type, ValuesOf(inputSchema[labelColumn]))
    {
    }

    internal MulticlassPredictionTransformer(
        IHostEnvironment env, TModel model, string featureColumn, DataViewType featureType, DataViewType labelType, DataViewSchema.Annotations labelValues)
        : base(env.Register(MulticlassPredictionTransformer.LoaderSignature), model, featureColumn, featureType)
    {
        int classes = ((IVectorPredictor)model).ScoreCount;
        _labelType = labelType as KeyDataViewType ?? new KeyDataViewType(typeof(uint), classes);
        _labelValues = labelValues;
    }

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) =>
        new MulticlassScoreMapper(schema, FindFeatures(schema), (IVectorPredictor)Model, _labelType, _labelValues);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(MulticlassPredictionTransformer.Version);
        SchemaWriter.WriteType(ctx.Writer, _labelType);
        SchemaWriter.WriteAnnotations(ctx.Writer, _labelValues);
        SaveFeatures(ctx);
    }

    // Only what the label's values are called is kept, once: the trained model outlives the training data.
    private static DataViewSchema.Annotations ValuesOf(DataViewSchema.Column label)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (label.HasKeyValues())
            builder.Add(label.Annotations, kind => kind == AnnotationKinds.KeyValues);
        return builder.ToAnnotations();
    }
}

internal static class MulticlassPredictionTransformer
{
    public const string LoaderSignature = "MultiClassPredXfer";

    public static VersionInfo Version => new("MULTPRED", 0x00010001, 0x00010001, 0x00010001, typeof(MulticlassPredictionTransformer).Assembly.FullName, LoaderSignature);

    private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        var labelType = SchemaReader.ReadType(ctx.Reader);
        var labelValues = SchemaReader.ReadAnnotations(ctx.Reader);
        return PredictionTransformers.Load(env, ctx, typeof(MulticlassPredictionTransformer<>), labelType, labelValues);
    }
}

internal sealed class MulticlassScoreMapper(
    DataViewSchema schema, DataViewSchema.Column features, IVectorPredictor model, KeyDataViewType labelType, DataViewSchema.Annotations labelValues)
    : ScoreMapper(schema, features)
{
    private const string Kind = "MulticlassClassification";

    public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
    {
        var getters = new Delegate[2];
        if (!activeOutputs.Contains(true))
            return getters;
        var get = FeatureGetter(input, model.FeatureCount);
        VBuffer<float> row = default, scores = default;
        long position = -1;
        void Predict()
        {
            if (position == input.Position && position >= 0)
                return;
            get(ref row);
            model.Predict(row, ref scores);
            position = input.Position;
        }
        if (activeOutputs[0])
        {
            Func<int, uint> best = _ =>
            {
                Predict();
                return IndexOfMax(scores) is int index and >= 0 ? (uint)index + 1 : 0;
            };
            getters[0] = KeyGetter(best);
        }
        if (activeOutputs[1])
        {
            getters[1] = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                Predict();
                scores.CopyTo(ref value);
            });
        }
        return getters;
    }

    protected override DataViewSchema.DetachedColumn[] MakeOutputs()
    {
        var label = new DataViewSchema.Annotations.Builder();
        label.AddText(AnnotationKinds.ScoreColumnKind, Kind);
        label.AddText(AnnotationKinds.ScoreValueKind, "PredictedLabel");
        label.Add(labelValues, _ => true);
        label.AddPrimitiveValue(AnnotationKinds.ScoreColumnSetId, AnnotationKinds.ScoreColumnSetIdType, SetId);
        var score = new DataViewSchema.Annotations.Builder();
        AddScoreAnnotations(score, Kind, "Score");
        if (labelValues.Schema.GetColumnOrNull(AnnotationKinds.KeyValues) is { } values)
        {
            var getter = labelValues.GetterOf(values.Index);
            score.Add(AnnotationKinds.TrainingLabelValues, values.Type, getter);
            if (values.Type.ItemType() is TextDataViewType)
                score.Add(AnnotationKinds.SlotNames, values.Type, getter);
        }
        return
        [
            new("PredictedLabel", labelType, label.ToAnnotations()),
            new("Score", new VectorDataViewType(NumberDataViewType.Single, model.ScoreCount), score.ToAnnotations()),
        ];
    }

    private Delegate KeyGetter(Func<int, uint> best) =>
        labelType.RawType == typeof(byte) ? (ValueGetter<byte>)((ref byte value) => value = (byte)best(0))
        : labelType.RawType == typeof(ushort) ? (ValueGetter<ushort>)((ref ushort value) => value = (ushort)best(0))
        : labelType.RawType == typeof(ulong) ? (ValueGetter<ulong>)((ref ulong value) => value = best(0))
        : (ValueGetter<uint>)((ref uint value) => value = best(0));

    // The first of the highest; -1 where there is none, since all are NaN.
    private static int IndexOfMax(in VBuffer<float> scores)
    {
        int best = -1;
        float max = float.NegativeInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            float score = scores.GetItemOrDefault(i);
            if (score > max || (best < 0 && !float.IsNaN(score)))
                (best, max) = (i, score);
        }
        return best;
    }
}

internal static class PredictionTransformers
{
    /// <summary>Loads the features' name and size and the model, and makes the transformer for the model's type.</summary>
    public static ITransformer Load(IHostEnvironment env, ModelLoadContext ctx, Type openType, params object[] extra)
    {
        string feature = ctx.LoadString();
        var featureType = new VectorDataViewType(NumberDataViewType.Single, ctx.Reader.ReadInt32());
        var model = ctx.LoadModel<ICanSaveModel>(env, "Model");
        var type = openType.MakeGenericType(ModelTypeOf(model));
        return (ITransformer)Activator.CreateInstance(
            type, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.DoNotWrapExceptions,
            null, [env, model, feature, featureType, .. extra], null);
    }

    // A calibrated model is known by its public base class, as the trainer that made it knew it.
    private static Type ModelTypeOf(object model)
    {
        for (var type = model.GetType(); type != typeof(object); type = type.BaseType)
            if (type.IsGenericType && type.Name.StartsWith("CalibratedModelParametersBase", StringComparison.Ordinal))
                return type;
        return model.GetType();
    }
}
