namespace Microsoft.ML.Trainers.FastTree;

/// <summary>A tree: a row whose feature is at most the node's threshold goes left. A child below zero is the complement of a leaf's index.</summary>
public abstract class RegressionTreeBase
{
    internal readonly TreeShape Shape;

    private protected RegressionTreeBase(TreeShape shape)
    {
        Shape = shape;
        LeftChild = Array.AsReadOnly(shape.Left);
        RightChild = Array.AsReadOnly(shape.Right);
        NumericalSplitFeatureIndexes = Array.AsReadOnly(shape.Features);
        NumericalSplitThresholds = Array.AsReadOnly(shape.Thresholds);
        SplitGains = Array.AsReadOnly(shape.Gains);
        LeafValues = Array.AsReadOnly(shape.LeafValues);
        CategoricalSplitFlags = Array.AsReadOnly(new bool[shape.Left.Length]);
    }

    public IReadOnlyList<int> LeftChild { get; }

    public IReadOnlyList<int> RightChild { get; }

    public IReadOnlyList<int> NumericalSplitFeatureIndexes { get; }

    public IReadOnlyList<float> NumericalSplitThresholds { get; }

    /// <summary>Whether a node splits by categories; here none does.</summary>
    public IReadOnlyList<bool> CategoricalSplitFlags { get; }

    public IReadOnlyList<double> LeafValues { get; }

    /// <summary>How much each split lessened the squared error of what the tree was fitted to.</summary>
    public IReadOnlyList<double> SplitGains { get; }

    public int NumberOfLeaves => Shape.LeafValues.Length;

    public int NumberOfNodes => Shape.Left.Length;
}

public sealed class RegressionTree : RegressionTreeBase
{
    internal RegressionTree(TreeShape shape) : base(shape)
    {
    }
}

/// <summary>A tree of a random forest.</summary>
public sealed class QuantileRegressionTree : RegressionTreeBase
{
    internal QuantileRegressionTree(TreeShape shape) : base(shape)
    {
    }
}

/// <summary>Trees whose weighted outputs are added up.</summary>
public abstract class TreeEnsemble<T>
    where T : RegressionTreeBase
{
    private protected TreeEnsemble(IReadOnlyList<T> trees)
    {
        Trees = trees;
        TreeWeights = Array.AsReadOnly([.. trees.Select(_ => 1.0)]);
    }

    public double Bias => 0;

    public IReadOnlyList<double> TreeWeights { get; }

    public IReadOnlyList<T> Trees { get; }
}

public sealed class RegressionTreeEnsemble : TreeEnsemble<RegressionTree>
{
    internal RegressionTreeEnsemble(IEnumerable<TreeShape> trees) : base(Array.AsReadOnly([.. trees.Select(tree => new RegressionTree(tree))]))
    {
    }
}

public sealed class QuantileRegressionTreeEnsemble : TreeEnsemble<QuantileRegressionTree>
{
    internal QuantileRegressionTreeEnsemble(IEnumerable<TreeShape> trees) : base(Array.AsReadOnly([.. trees.Select(tree => new QuantileRegressionTree(tree))]))
    {
    }
}
