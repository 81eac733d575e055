using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(PlattCalibrator), typeof(PlattCalibrator), null, typeof(SignatureLoadModel), "Platt calibration", PlattCalibrator.LoaderSignature)]
[assembly: LoadableClass(typeof(CalibratedModelParametersBase), typeof(CalibratedModelLoader), null, typeof(SignatureLoadModel), "Calibrated model", CalibratedModelLoader.LoaderSignature)]

namespace Microsoft.ML.Calibrators;

/// <summary>Turns scores into probabilities.</summary>
public interface ICalibrator
{
    float PredictProbability(float output);
}

/// <summary>The logistic function of <c>-(Slope · score + Offset)</c>.</summary>
public sealed class PlattCalibrator : ICalibrator, ICanSaveModel
{
    internal const string LoaderSignature = "PlattCaliExec";

    internal PlattCalibrator(double slope, double offset)
    {
        Slope = slope;
        Offset = offset;
    }

    public double Slope { get; }

    public double Offset { get; }

    private static VersionInfo Version => new("PLATTCAL", 0x00010001, 0x00010001, 0x00010001, typeof(PlattCalibrator).Assembly.FullName, LoaderSignature);

    public float PredictProbability(float output) =>
        float.IsNaN(output) ? output : (float)(1 / (1 + Math.Exp((Slope * output) + Offset)));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(Slope);
        ctx.Writer.Write(Offset);
    }

    private static PlattCalibrator Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        double slope = ctx.Reader.ReadDouble(), offset = ctx.Reader.ReadDouble();
        if (!double.IsFinite(slope) || !double.IsFinite(offset))
            throw Errors.BadModel($"Corrupt model file: a calibrator with slope {slope} and offset {offset}");
        return new PlattCalibrator(slope, offset);
    }

    /// <summary>
    /// Fits slope and offset to scores and labels: J. Platt, "Probabilistic outputs for support vector machines", 1999, with the corrected
    /// Newton iteration of Lin, Lin and Weng, "A note on Platt's probabilistic outputs", 2007.
    /// </summary>
    internal static PlattCalibrator Fit(ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels, ReadOnlySpan<float> weights)
    {
        double positive = 0, negative = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            if (labels[i])
                positive += weight;
            else
                negative += weight;
        }
        double high = (positive + 1) / (positive + 2), low = 1 / (negative + 2);
        double slope = 0, offset = Math.Log((negative + 1) / (positive + 1));
        double loss = Loss(scores, labels, weights, high, low, slope, offset);
        for (int iteration = 0; iteration < 100; iteration++)
        {
            double aa = 1e-12, bb = 1e-12, ab = 0, ga = 0, gb = 0;
            for (int i = 0; i < scores.Length; i++)
            {
                double weight = weights.IsEmpty ? 1 : weights[i], p = 1 / (1 + Math.Exp((slope * scores[i]) + offset));
                double error = weight * ((labels[i] ? high : low) - p), curvature = weight * p * (1 - p);
                aa += scores[i] * (double)scores[i] * curvature;
                ab += scores[i] * curvature;
                bb += curvature;
                ga += scores[i] * error;
                gb += error;
            }
            if (Math.Abs(ga) < 1e-9 && Math.Abs(gb) < 1e-9)
                break;
            double determinant = (aa * bb) - (ab * ab);
            double stepA = -((bb * ga) - (ab * gb)) / determinant, stepB = -((aa * gb) - (ab * ga)) / determinant;
            double slopeAlong = (ga * stepA) + (gb * stepB), size = 1;
            double next = 0;
            for (; size >= 1e-10; size /= 2)
            {
                next = Loss(scores, labels, weights, high, low, slope + (size * stepA), offset + (size * stepB));
                if (next < loss + (1e-4 * size * slopeAlong))
                    break;
            }
            if (size < 1e-10)
                break;
            slope += size * stepA;
            offset += size * stepB;
            loss = next;
        }
        return new PlattCalibrator(slope, offset);
    }

    private static double Loss(
        ReadOnlySpan<float> scores, ReadOnlySpan<bool> labels, ReadOnlySpan<float> weights, double high, double low, double slope, double offset)
    {
        double sum = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double z = (slope * scores[i]) + offset, target = labels[i] ? high : low;
            double loss = z >= 0 ? (target * z) + Math.Log(1 + Math.Exp(-z)) : ((target - 1) * z) + Math.Log(1 + Math.Exp(z));
            sum += weights.IsEmpty ? loss : weights[i] * loss;
        }
        return sum;
    }
}

/// <summary>A model together with what turns its scores into probabilities.</summary>
public abstract class CalibratedModelParametersBase
{
    private protected CalibratedModelParametersBase(object subModel, ICalibrator calibrator)
    {
        SubModel = subModel;
        Calibrator = calibrator;
    }

    public object SubModel { get; }

    public ICalibrator Calibrator { get; }
}

/// <summary>A model together with what turns its scores into probabilities, of known types.</summary>
public abstract class CalibratedModelParametersBase<TSubModel, TCalibrator> : CalibratedModelParametersBase
    where TSubModel : class
    where TCalibrator : class, ICalibrator
{
    private protected CalibratedModelParametersBase(TSubModel subModel, TCalibrator calibrator) : base(subModel, calibrator)
    {
    }

    public new TSubModel SubModel => (TSubModel)base.SubModel;

    public new TCalibrator Calibrator => (TCalibrator)base.Calibrator;
}

/// <summary>A calibrated model with one score a row.</summary>
internal sealed class CalibratedModelParameters<TSubModel, TCalibrator>(TSubModel subModel, TCalibrator calibrator)
    : CalibratedModelParametersBase<TSubModel, TCalibrator>(subModel, calibrator), ICalibratedPredictor, ICanSaveModel
    where TSubModel : class
    where TCalibrator : class, ICalibrator
{
    private readonly IScalarPredictor _predictor = (IScalarPredictor)subModel;
    private readonly ICalibrator _calibrator = calibrator;

    int IFeaturePredictor.FeatureCount => _predictor.FeatureCount;

    float IScalarPredictor.Predict(in VBuffer<float> features) => _predictor.Predict(features);

    float ICalibratedPredictor.Predict(in VBuffer<float> features, out float probability)
    {
        float score = _predictor.Predict(features);
        probability = _calibrator.PredictProbability(score);
        return score;
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(CalibratedModelLoader.Version);
        ctx.SaveModel(SubModel, "Predictor");
        ctx.SaveModel(Calibrator, "Calibrator");
    }
}

internal static class CalibratedModelLoader
{
    public const string LoaderSignature = "CaliPredExec";

    public static VersionInfo Version => new("CALIPRED", 0x00010001, 0x00010001, 0x00010001, typeof(CalibratedModelLoader).Assembly.FullName, LoaderSignature);

    private static CalibratedModelParametersBase Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        var model = ctx.LoadModel<ICanSaveModel>(env, "Predictor");
        var calibrator = ctx.LoadModel<PlattCalibrator>(env, "Calibrator");
        if (model is not IScalarPredictor)
            throw Errors.BadModel($"Corrupt model file: a {model.GetType().Name} cannot be calibrated");
        return Combine(model, calibrator);
    }

    /// <summary>The calibrated model whose type names the model's own.</summary>
    public static CalibratedModelParametersBase Combine(ICanSaveModel model, PlattCalibrator calibrator)
    {
        var type = typeof(CalibratedModelParameters<,>).MakeGenericType(model.GetType(), typeof(PlattCalibrator));
        return (CalibratedModelParametersBase)Activator.CreateInstance(type, model, calibrator);
    }
}
