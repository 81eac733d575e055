using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(RegressionPredictionTransformer<>), typeof(RegressionPredictionTransformer), null, typeof(SignatureLoadModel), "Regression predictions", RegressionPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Adds <c>Score</c>.</summary>
public sealed class RegressionPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TModel : class
{
    internal RegressionPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema inputSchema, string featureColumn)
        : this(env, model, featureColumn, FeatureTypeOf(inputSchema, featureColumn))
    {
    }

    internal RegressionPredictionTransformer(IHostEnvironment env, TModel model, string featureColumn, DataViewType featureType)
        : base(env.Register(RegressionPredictionTransformer.LoaderSignature), model, featureColumn, featureType)
    {
    }

    private protected override RowMapper MakeRowMapper(DataViewSchema schema) => new RegressionScoreMapper(schema, FindFeatures(schema), (IScalarPredictor)Model);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(RegressionPredictionTransformer.Version);
        SaveFeatures(ctx);
    }
}

internal static class RegressionPredictionTransformer
{
    public const string LoaderSignature = "RegressionPredXfer";

    public static VersionInfo Version => new("REG PRED", 0x00010001, 0x00010001, 0x00010001, typeof(RegressionPredictionTransformer).Assembly.FullName, LoaderSignature);

    private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return PredictionTransformers.Load(env, ctx, typeof(RegressionPredictionTransformer<>));
    }
}

internal sealed class RegressionScoreMapper(DataViewSchema schema, DataViewSchema.Column features, IScalarPredictor model) : ScoreMapper(schema, features)
{
    public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
    {
        if (!activeOutputs[0])
            return [null];
        var get = FeatureGetter(input, model.FeatureCount);
        VBuffer<float> row = default;
        return
        [
            (ValueGetter<float>)((ref float value) =>
            {
                get(ref row);
                value = model.Predict(row);
            }),
        ];
    }

    protected override DataViewSchema.DetachedColumn[] MakeOutputs()
    {
        var score = new DataViewSchema.Annotations.Builder();
        score.AddPrimitiveValue(AnnotationKinds.ScoreColumnSetId, AnnotationKinds.ScoreColumnSetIdType, SetId);
        score.AddText(AnnotationKinds.ScoreColumnKind, "Regression");
        score.AddText(AnnotationKinds.ScoreValueKind, "Score");
        return [new("Score", NumberDataViewType.Single, score.ToAnnotations())];
    }
}
