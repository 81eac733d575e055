using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(MaximumEntropyModelParameters), typeof(MaximumEntropyModelParameters), null, typeof(SignatureLoadModel), "Maximum entropy model", MaximumEntropyModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers;

/// <summary>A linear score for each of several classes.</summary>
public abstract class LinearMulticlassModelParametersBase : ModelParametersBase<VBuffer<float>>
{
    private protected readonly float[] Biases;
    private protected readonly float[][] WeightsOfClasses;

    private protected LinearMulticlassModelParametersBase(float[] biases, float[][] weights)
    {
        Biases = biases;
        WeightsOfClasses = weights;
    }

    public IEnumerable<float> GetBiases() => Array.AsReadOnly(Biases);

    public void GetWeights(ref VBuffer<float>[] weights, out int numClasses)
    {
        numClasses = Biases.Length;
        if (weights is null || weights.Length < numClasses)
            Array.Resize(ref weights, numClasses);
        for (int c = 0; c < numClasses; c++)
            weights[c] = new VBuffer<float>(WeightsOfClasses[c].Length, (float[])WeightsOfClasses[c].Clone());
    }
}

/// <summary>A model whose scores are the classes' probabilities, the softmax of linear scores.</summary>
public sealed class MaximumEntropyModelParameters : LinearMulticlassModelParametersBase, ICanSaveModel, IVectorPredictor
{
    internal const string LoaderSignature = "MultiClassLRExec";

    internal MaximumEntropyModelParameters(float[] biases, float[][] weights) : base(biases, weights)
    {
    }

    int IFeaturePredictor.FeatureCount => WeightsOfClasses[0].Length;

    int IVectorPredictor.ScoreCount => Biases.Length;

    private static VersionInfo Version => new("MULTI LR", 0x00010001, 0x00010001, 0x00010001, typeof(MaximumEntropyModelParameters).Assembly.FullName, LoaderSignature);

    void IVectorPredictor.Predict(in VBuffer<float> features, ref VBuffer<float> scores)
    {
        var editor = VBufferEditor.Create(ref scores, Biases.Length);
        VBuffer<float> dense = default;
        if (!features.IsDense)
            features.CopyToDense(ref dense);
        var row = features.IsDense ? features.GetValues() : dense.GetValues();
        for (int c = 0; c < Biases.Length; c++)
            editor.Values[c] = Biases[c] + TensorPrimitives.Dot(row, WeightsOfClasses[c]);
        float most = TensorPrimitives.Max(editor.Values);
        double sum = 0;
        for (int c = 0; c < Biases.Length; c++)
            sum += Math.Exp(editor.Values[c] - most);
        for (int c = 0; c < Biases.Length; c++)
            editor.Values[c] = (float)(Math.Exp(editor.Values[c] - most) / sum);
        scores = editor.Commit();
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(WeightsOfClasses[0].Length);
        ctx.Writer.Write(Biases.Length);
        for (int c = 0; c < Biases.Length; c++)
        {
            ctx.Writer.Write(Biases[c]);
            foreach (float weight in WeightsOfClasses[c])
                ctx.Writer.Write(weight);
        }
    }

    private static MaximumEntropyModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        int features = ctx.Reader.ReadInt32();
        int classes = ctx.LoadCount(sizeof(float));
        long left = (ctx.Reader.BaseStream.Length - ctx.Reader.BaseStream.Position) / sizeof(float);
        if (features < 0 || classes < 1 || (features + 1L) * classes > left)
            throw Errors.BadModel($"Corrupt model file: {classes} classes of {features} features, more than the entry holds");
        var biases = new float[classes];
        var weights = new float[classes][];
        for (int c = 0; c < classes; c++)
        {
            biases[c] = ctx.Reader.ReadSingle();
            weights[c] = new float[features];
            for (int i = 0; i < features; i++)
                weights[c][i] = ctx.Reader.ReadSingle();
        }
        return new MaximumEntropyModelParameters(biases, weights);
    }
}
