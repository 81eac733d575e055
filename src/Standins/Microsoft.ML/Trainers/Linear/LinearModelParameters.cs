using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(LinearBinaryModelParameters), typeof(LinearBinaryModelParameters), null, typeof(SignatureLoadModel), "Linear model for two classes", LinearBinaryModelParameters.LoaderSignature)]
[assembly: LoadableClass(typeof(LinearRegressionModelParameters), typeof(LinearRegressionModelParameters), null, typeof(SignatureLoadModel), "Linear model for regression", LinearRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

/// <summary>A model whose score is the bias plus the features times the weights.</summary>
public abstract class LinearModelParameters : ModelParametersBase<float>, ICanSaveModel, IScalarPredictor
{
    private readonly float[] _weights;

    private protected LinearModelParameters(float[] weights, float bias)
    {
        _weights = weights;
        Weights = Array.AsReadOnly(weights);
        Bias = bias;
    }

    public IReadOnlyList<float> Weights { get; }

    public float Bias { get; protected set; }

    int IFeaturePredictor.FeatureCount => _weights.Length;

    private protected abstract string Loader { get; }

    float IScalarPredictor.Predict(in VBuffer<float> features)
    {
        var values = features.GetValues();
        if (features.IsDense)
            return Bias + TensorPrimitives.Dot(values, _weights);
        var indices = features.GetIndices();
        float sum = 0;
        for (int i = 0; i < values.Length; i++)
            sum += values[i] * _weights[indices[i]];
        return Bias + sum;
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(VersionOf(Loader));
        ctx.Writer.Write(Bias);
        ctx.Writer.Write(_weights.Length);
        foreach (float weight in _weights)
            ctx.Writer.Write(weight);
    }

    internal static (float[] Weights, float Bias) Load(ModelLoadContext ctx, string loader)
    {
        ctx.CheckAtModel(VersionOf(loader));
        float bias = ctx.Reader.ReadSingle();
        var weights = new float[ctx.LoadCount(sizeof(float))];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = ctx.Reader.ReadSingle();
        return (weights, bias);
    }

    private static VersionInfo VersionOf(string loader) =>
        new("LINMODEL", 0x00010001, 0x00010001, 0x00010001, typeof(LinearModelParameters).Assembly.FullName, loader);
}

/// <summary>A linear model for two classes.</summary>
public sealed class LinearBinaryModelParameters : LinearModelParameters
{
    internal const string LoaderSignature = "Linear2CExec";

    internal LinearBinaryModelParameters(float[] weights, float bias) : base(weights, bias)
    {
    }

    private protected override string Loader => LoaderSignature;

    private static LinearBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (weights, bias) = Load(ctx, LoaderSignature);
        return new LinearBinaryModelParameters(weights, bias);
    }
}

/// <summary>A linear model with a number for its score.</summary>
public abstract class RegressionModelParameters : LinearModelParameters
{
    private protected RegressionModelParameters(float[] weights, float bias) : base(weights, bias)
    {
    }
}

/// <summary>A linear model fitted to squared error.</summary>
public sealed class LinearRegressionModelParameters : RegressionModelParameters
{
    internal const string LoaderSignature = "LinearRegressionExec";

    internal LinearRegressionModelParameters(float[] weights, float bias) : base(weights, bias)
    {
    }

    private protected override string Loader => LoaderSignature;

    private static LinearRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var (weights, bias) = Load(ctx, LoaderSignature);
        return new LinearRegressionModelParameters(weights, bias);
    }
}
