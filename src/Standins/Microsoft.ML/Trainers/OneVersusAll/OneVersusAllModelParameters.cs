using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(OneVersusAllModelParameters), typeof(OneVersusAllModelParameters), null, typeof(SignatureLoadModel), "One versus all", OneVersusAllModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

/// <summary>A model for each class. Scores are their probabilities, made to add up to one, or their raw scores.</summary>
public sealed class OneVersusAllModelParameters : ModelParametersBase<VBuffer<float>>, ICanSaveModel, IVectorPredictor
{
    internal const string LoaderSignature = "OVAExec";
    private readonly IScalarPredictor[] _models;
    private readonly bool _useProbabilities;

    internal OneVersusAllModelParameters(IScalarPredictor[] models, bool useProbabilities)
    {
        _models = models;
        _useProbabilities = useProbabilities;
    }

    int IFeaturePredictor.FeatureCount => _models[0].FeatureCount;

    int IVectorPredictor.ScoreCount => _models.Length;

    private static VersionInfo Version => new("TLC OVA ", 0x00010001, 0x00010001, 0x00010001, typeof(OneVersusAllModelParameters).Assembly.FullName, LoaderSignature);

    void IVectorPredictor.Predict(in VBuffer<float> features, ref VBuffer<float> scores)
    {
        var editor = VBufferEditor.Create(ref scores, _models.Length);
        float sum = 0;
        for (int c = 0; c < _models.Length; c++)
        {
            float score;
            if (_useProbabilities)
                ((ICalibratedPredictor)_models[c]).Predict(features, out score);
            else
                score = _models[c].Predict(features);
            editor.Values[c] = score;
            sum += score;
        }
        if (_useProbabilities && sum > 0)
        {
            foreach (ref float value in editor.Values)
                value /= sum;
        }
        scores = editor.Commit();
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(_useProbabilities);
        ctx.Writer.Write(_models.Length);
        for (int c = 0; c < _models.Length; c++)
            ctx.SaveModel((ICanSaveModel)_models[c], NameOf(c));
    }

    private static OneVersusAllModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        bool useProbabilities = ctx.Reader.ReadBoolean();
        int classes = ctx.Reader.ReadInt32();
        var models = new List<IScalarPredictor>();
        for (int c = 0; c < classes; c++)
        {
            var model = ctx.LoadModel<ICanSaveModel>(env, NameOf(c)) as IScalarPredictor;
            if (model is null || (useProbabilities && model is not ICalibratedPredictor))
                throw Errors.BadModel($"Corrupt model file: the model of class {c} has no {(useProbabilities ? "probability" : "score")}");
            models.Add(model);
        }
        if (models.Count == 0)
            throw Errors.BadModel($"Corrupt model file: one-versus-all over {classes} classes");
        return new OneVersusAllModelParameters([.. models], useProbabilities);
    }

    private static string NameOf(int c) => $"SubPredictor_{c:000}";
}
