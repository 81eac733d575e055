using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(BinaryPredictionTransformer<>), typeof(BinaryPredictionTransformer), null, typeof(SignatureLoadModel), "Binary predictions", BinaryPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Adds <c>PredictedLabel</c>, <c>Score</c>, and <c>Probability</c> where the model is calibrated.</summary>
public sealed class BinaryPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    internal readonly float Threshold;

    internal BinaryPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn, float threshold = 0)
        : this(env, model, featureColumn, FeatureTypeOf(inputSchema, featureColumn), threshold)
    {
    }

    internal BinaryPredictionTransformer(IHostEnvironment env, TModel model, string featureColumn, DataViewType featureType, float threshold)
        : base(env.Register(BinaryPredictionTransformer.LoaderSignature), model, featureColumn, featureType)
    {
        Threshold = threshold;
    }

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) =>
        new BinaryScoreMapper(schema, FindFeatures(schema), (IScalarPredictor)Model, Threshold);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(BinaryPredictionTransformer.Version);
        ctx.Writer.Write(Threshold);
        SaveFeatures(ctx);
    }
}

internal static class BinaryPredictionTransformer
{
    public const string LoaderSignature = "BinaryPredXfer";

    public static VersionInfo Version => new("BIN PRED", 0x00010001, 0x00010001, 0x00010001, typeof(BinaryPredictionTransformer).Assembly.FullName, LoaderSignature);

    private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        float threshold = ctx.Reader.ReadSingle();
        return PredictionTransformers.Load(env, ctx, typeof(BinaryPredictionTransformer<>), threshold);
    }
}

internal sealed class BinaryScoreMapper(DataViewSchema schema, DataViewSchema.Column features, IScalarPredictor model, float threshold) : ScoreMapper(schema, features)
{
    private const string Kind = "BinaryClassification";
    private readonly ICalibratedPredictor _calibrated = model as ICalibratedPredictor;

    public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
    {
        var getters = new Delegate[Outputs.Length];
        if (!activeOutputs.Contains(true))
            return getters;
        var get = FeatureGetter(input, model.FeatureCount);
        VBuffer<float> row = default;
        long position = -1;
        float score = 0, probability = 0;
        void Predict()
        {
            if (position == input.Position && position >= 0)
                return;
            get(ref row);
            score = _calibrated is not null ? _calibrated.Predict(row, out probability) : model.Predict(row);
            position = input.Position;
        }
        ValueGetter<bool> label = (ref bool value) =>
        {
            Predict();
            value = score > threshold;
        };
        ValueGetter<float> scores = (ref float value) =>
        {
            Predict();
            value = score;
        };
        ValueGetter<float> probabilities = (ref float value) =>
        {
            Predict();
            value = probability;
        };
        Delegate[] all = [label, scores, probabilities];
        for (int i = 0; i < getters.Length; i++)
            getters[i] = activeOutputs[i] ? all[i] : null;
        return getters;
    }

    protected override DataViewSchema.DetachedColumn[] MakeOutputs()
    {
        var label = new DataViewSchema.Annotations.Builder();
        label.AddText(AnnotationKinds.ScoreColumnKind, Kind);
        label.AddText(AnnotationKinds.ScoreValueKind, "PredictedLabel");
        label.AddPrimitiveValue(AnnotationKinds.ScoreColumnSetId, AnnotationKinds.ScoreColumnSetIdType, SetId);
        var score = new DataViewSchema.Annotations.Builder();
        AddScoreAnnotations(score, Kind, "Score");
        var probability = new DataViewSchema.Annotations.Builder();
        AddScoreAnnotations(probability, Kind, "Probability", normalized: true);
        DataViewSchema.DetachedColumn[] columns =
        [
            new("PredictedLabel", BooleanDataViewType.Instance, label.ToAnnotations()),
            new("Score", NumberDataViewType.Single, score.ToAnnotations()),
            new("Probability", NumberDataViewType.Single, probability.ToAnnotations()),
        ];
        return _calibrated is not null ? columns : columns[..2];
    }
}
