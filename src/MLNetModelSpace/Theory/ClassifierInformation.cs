using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

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
    public static InformationEstimate LowerBound(Matrix<double> x, IReadOnlyList<int> labels, InformationOptions? options = null)
    {
        options ??= new InformationOptions();
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
