using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

[assembly: LoadableClass(typeof(FastTreeBinaryModelParameters), typeof(FastTreeBinaryModelParameters), null, typeof(SignatureLoadModel), "Boosted trees for two classes", FastTreeBinaryModelParameters.LoaderSignature)]
[assembly: LoadableClass(typeof(FastTreeRegressionModelParameters), typeof(FastTreeRegressionModelParameters), null, typeof(SignatureLoadModel), "Boosted trees for regression", FastTreeRegressionModelParameters.LoaderSignature)]
[assembly: LoadableClass(typeof(FastForestBinaryModelParameters), typeof(FastForestBinaryModelParameters), null, typeof(SignatureLoadModel), "Random forest for two classes", FastForestBinaryModelParameters.LoaderSignature)]
[assembly: LoadableClass(typeof(FastForestRegressionModelParameters), typeof(FastForestRegressionModelParameters), null, typeof(SignatureLoadModel), "Random forest for regression", FastForestRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A model whose score is the sum of its trees' outputs, or their mean.</summary>
public abstract class TreeEnsembleModelParameters : ModelParametersBase<float>, ICanSaveModel, IScalarPredictor
{
    private readonly TreeShape[] _trees;
    private readonly int _featureCount;
    private readonly string _loader;

    private protected TreeEnsembleModelParameters(IEnumerable<TreeShape> trees, int featureCount, string loader)
    {
        _trees = [.. trees];
        _featureCount = featureCount;
        _loader = loader;
    }

    int IFeaturePredictor.FeatureCount => _featureCount;

    private protected IEnumerable<TreeShape> Shapes => _trees;

    float IScalarPredictor.Predict(in VBuffer<float> features)
    {
        if (features.IsDense)
            return Score(features.GetValues());
        var dense = System.Buffers.ArrayPool<float>.Shared.Rent(features.Length);
        features.CopyTo(dense);
        float score = Score(dense.AsSpan(0, features.Length));
        System.Buffers.ArrayPool<float>.Shared.Return(dense);
        return score;
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(VersionOf(_loader));
        ctx.Writer.Write(_featureCount);
        ctx.Writer.Write(_trees.Length);
        foreach (var tree in _trees)
            tree.Save(ctx.Writer);
    }

    internal static (TreeShape[] Trees, int FeatureCount) Load(ModelLoadContext ctx, string loader)
    {
        ctx.CheckAtModel(VersionOf(loader));
        int features = ctx.Reader.ReadInt32();
        var trees = new TreeShape[ctx.LoadCount(sizeof(int))];
        for (int i = 0; i < trees.Length; i++)
            trees[i] = TreeShape.Load(ctx.Reader, features);
        return (trees, features);
    }

    private static VersionInfo VersionOf(string loader) =>
        new("TREEENSB", 0x00010001, 0x00010001, 0x00010001, typeof(TreeEnsembleModelParameters).Assembly.FullName, loader);

    /// <summary>The score of a row for which the trees give so much in sum.</summary>
    private protected virtual float ScoreOf(double sum) => (float)sum;

    private float Score(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (var tree in _trees)
            sum += tree.Evaluate(row);
        return ScoreOf(sum);
    }
}

public abstract class TreeEnsembleModelParametersBasedOnRegressionTree : TreeEnsembleModelParameters
{
    private protected TreeEnsembleModelParametersBasedOnRegressionTree(IEnumerable<TreeShape> trees, int featureCount, string loader)
        : base(trees, featureCount, loader)
    {
        TrainedTreeEnsemble = new RegressionTreeEnsemble(Shapes);
    }

    public RegressionTreeEnsemble TrainedTreeEnsemble { get; }
}

public abstract class TreeEnsembleModelParametersBasedOnQuantileRegressionTree : TreeEnsembleModelParameters
{
    private protected TreeEnsembleModelParametersBasedOnQuantileRegressionTree(IEnumerable<TreeShape> trees, int featureCount, string loader)
        : base(trees, featureCount, loader)
    {
        TrainedTreeEnsemble = new QuantileRegressionTreeEnsemble(Shapes);
    }

    public QuantileRegressionTreeEnsemble TrainedTreeEnsemble { get; }
}
