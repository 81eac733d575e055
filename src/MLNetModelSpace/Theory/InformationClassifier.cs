using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace MLNetModelSpace.Theory;

/// <summary>An ML.NET trainer, by name, as a source of class probabilities from which information is bounded.</summary>
/// <remarks>
/// Its <c>Score</c> is recalibrated on held-out rows, so that only the order and rough scale of scores matter: an overconfident
/// classifier costs nothing.
/// </remarks>
public sealed class InformationClassifier
{
    /// <summary>The column of the label in what is given to the trainer: <see cref="bool"/> for two classes, a key for more.</summary>
    public const string LabelColumnName = "Label";

    /// <summary>The column of features, standardised on the training rows.</summary>
    public const string FeatureColumnName = "Features";

    private readonly Func<MLContext, int, IEstimator<ITransformer>> _create;

    /// <summary>A classifier of one's own.</summary>
    /// <param name="name">Its name in the results.</param>
    /// <param name="create">
    /// Makes the trainer from a context and the number of classes. For two classes its <c>Score</c> is a <see cref="float"/>, higher for true;
    /// for more a vector of probabilities.
    /// </param>
    /// <exception cref="ArgumentException">The name is empty or the function null.</exception>
    public InformationClassifier(string name, Func<MLContext, int, IEstimator<ITransformer>> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        Name = name;
        _create = create;
    }

    /// <summary>The name in the results.</summary>
    public string Name { get; }

    /// <summary>L-BFGS logistic regression (maximum entropy for more than two classes), L2-regularised.</summary>
    /// <param name="l2Regularization">The weight of the penalty on the summed log-loss; 1 by default, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is negative or not finite.</exception>
    public static InformationClassifier LogisticRegression(float l2Regularization = 1)
    {
        ArgumentRanges.RequireNotNegative(l2Regularization, nameof(l2Regularization));
        return new("logistic regression", (context, classes) => classes == 2
            ? context.BinaryClassification.Trainers.LbfgsLogisticRegression(
                LabelColumnName, FeatureColumnName, l1Regularization: 0, l2Regularization: l2Regularization)
            : context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                LabelColumnName, FeatureColumnName, l1Regularization: 0, l2Regularization: l2Regularization));
    }

    /// <summary>Boosted trees (one against the rest for more than two classes).</summary>
    /// <param name="trees">The number of trees; 50 by default, at least 1.</param>
    /// <param name="leaves">The number of leaves of each; 8 by default, at least 2.</param>
    /// <param name="minimumExamplesPerLeaf">The fewest training rows in a leaf; 5 by default, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static InformationClassifier FastTree(int trees = 50, int leaves = 8, int minimumExamplesPerLeaf = 5)
    {
        ArgumentRanges.RequireAtLeast(trees, 1, nameof(trees));
        ArgumentRanges.RequireAtLeast(leaves, 2, nameof(leaves));
        ArgumentRanges.RequireAtLeast(minimumExamplesPerLeaf, 1, nameof(minimumExamplesPerLeaf));
        return new("boosted trees", (context, classes) =>
        {
            var trainer = context.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
            {
                LabelColumnName = LabelColumnName,
                FeatureColumnName = FeatureColumnName,
                NumberOfTrees = trees,
                NumberOfLeaves = leaves,
                MinimumExampleCountPerLeaf = minimumExamplesPerLeaf,

                // Folds run side by side; threads inside them would only get in each other's way.
                NumberOfThreads = 1,
            });
            return classes == 2 ? trainer : context.MulticlassClassification.Trainers.OneVersusAll(trainer, LabelColumnName);
        });
    }

    internal IEstimator<ITransformer> Create(MLContext context, int classes) => _create(context, classes)
        ?? throw new InvalidOperationException($"The classifier '{Name}' made no trainer.");
}

/// <summary>A lower bound on the information of features about a class, of any number of dimensions, from classifiers.</summary>
/// <remarks>
/// <para>
/// For any conditional distribution q, I(X; Y) = H(Y) − H(Y | X) ≥ H(Y) − E[−log q(Y | X)] (the difference is a Kullback–Leibler divergence; Barber and
/// Agakov, 2003). Here q is an ML.NET classifier, and the expectation is its log-loss on rows held out from fitting, calibration
/// and choice alike. The bound is cut at 0, which no information falls below, so that a useless classifier gives 0.
/// </para>
/// <para>
/// The interval resamples the held-out rows; it does not contain what other training rows would have changed.
/// The bound is below the truth by what the classifier fails to learn: with few rows that is much.
/// </para>
/// </remarks>
public static class ClassifierInformation
{
    /// <summary>The bound max(0, H(Y) − held-out log-loss), in nats, with its interval.</summary>
    /// <param name="x">n × d, a sample a row.</param>
    /// <param name="labels">The class of each row, any numbers; two at least must occur.</param>
    /// <param name="options">Folds, classifiers, interval and seed; defaults where null.</param>
    /// <exception cref="ArgumentException">Different numbers of rows, fewer than two, one class only (also where some rows are held out), a constant column, or a value that is not finite.</exception>
    public static InformationEstimate LowerBound(Matrix<double> x, IReadOnlyList<int> labels, InformationReport.Options? options = null)
    {
        options ??= new InformationReport.Options();
        options.Validate();
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(labels);
        if (x.RowCount != labels.Count)
        {
            throw new ArgumentException($"x has {x.RowCount} rows, there are {labels.Count} labels.", nameof(labels));
        }

        PairedSamples.Check(x, nameof(x));
        var classes = LabelColumn.FromValues([.. labels.Select(label => (IComparable)label)], nameof(labels));
        return HeldOutClassification.Run(x, classes, groups: null, options).Bound(options.Confidence);
    }
}
