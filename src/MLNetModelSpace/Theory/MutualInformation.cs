using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>
/// Mutual information estimated from samples, where no formula applies: nearest-neighbour estimators for continuous variables
/// and for a continuous and a discrete one, and the plug-in estimator for two discrete ones, each with a bootstrap interval.
/// </summary>
/// <remarks>
/// <para>
/// Coordinates are standardised first and get a jitter (<see cref="EstimationOptions.Jitter"/>), seeded, so that duplicates and ties have
/// an order; neither changes the information beyond the jitter's size. The nearest-neighbour values may come out slightly
/// negative for independent variables: they are not cut, so that they stay unbiased. The same seed gives the same numbers on
/// any number of threads. Thread-safe.
/// </para>
/// <para>
/// The interval of the nearest-neighbour estimators is θ ± t·s, with s from 64 subsamples of half the rows (1,000 at most) drawn without
/// replacement: a bootstrap with replacement repeats points, which these estimators cannot have. It measures chance, not bias: in many
/// dimensions, or for very strong dependence, both estimators fall short of the truth.
/// The bound of a classifier, for features of many dimensions, is <see cref="ClassifierInformation"/>.
/// </para>
/// </remarks>
public static class MutualInformation
{
    /// <summary>I(X; Y) of two continuous variables by k nearest neighbours (Kraskov, Stögbauer and Grassberger, 2004, equation 8, maximum norm).</summary>
    /// <param name="x">n × d₁, a sample a row.</param>
    /// <param name="y">n × d₂, the same rows.</param>
    /// <param name="options">Neighbours, jitter, interval and seed; defaults where null.</param>
    /// <exception cref="ArgumentException">
    /// Different numbers of rows, fewer than two or no more than neighbours, a constant column, a value that is not finite, or, with no jitter,
    /// points that coincide with their k-th neighbour.
    /// </exception>
    public static InformationEstimate Ksg(Matrix<double> x, Matrix<double> y, EstimationOptions? options = null)
    {
        options ??= new EstimationOptions();
        options.Validate();
        PairedSamples.Check(x, y);
        PairedSamples.CheckNeighbors(x.RowCount, options.Neighbors, nameof(x));
        int n = x.RowCount, dx = x.ColumnCount, dy = y.ColumnCount, k = options.Neighbors;
        double[] xs = PairedSamples.Standardize(x, options.Jitter, options.SeedOrZero, stream: 1);
        double[] ys = PairedSamples.Standardize(y, options.Jitter, options.SeedOrZero, stream: 2);
        double value = KsgMean(xs, dx, ys, dy, k, options, whole: true);
        var (lower, upper) = Bootstrap.Subsampled(
            n,
            value,
            rows => KsgMean(Gather(xs, rows, dx), dx, Gather(ys, rows, dy), dy, Math.Min(k, rows.Length - 1), options, whole: false),
            options);
        return new InformationEstimate(value, lower, upper, options.Confidence, n, $"KSG, k = {k}");
    }

    /// <summary>I(X; Y) of a continuous variable and a discrete one by k nearest neighbours (Ross, "Mutual information between discrete and continuous data sets", 2014).</summary>
    /// <remarks>A class with no more than k points uses all its other points as neighbours; a class of a single point, which has no neighbour, is left out.</remarks>
    /// <param name="x">n × d, a sample a row.</param>
    /// <param name="labels">The class of each row, any numbers; two at least must occur.</param>
    /// <param name="options">Neighbours, jitter, interval and seed; defaults where null.</param>
    /// <exception cref="ArgumentException">
    /// Different numbers of rows, fewer than two, one class only, no class with two points, a constant column, a value that is not finite, or,
    /// with no jitter, points that coincide with their k-th neighbour.
    /// </exception>
    public static InformationEstimate Ross(Matrix<double> x, IReadOnlyList<int> labels, EstimationOptions? options = null)
    {
        options ??= new EstimationOptions();
        options.Validate();
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(labels);
        if (x.RowCount != labels.Count)
        {
            throw new ArgumentException($"x has {x.RowCount} rows, there are {labels.Count} labels.", nameof(labels));
        }

        PairedSamples.Check(x, nameof(x));
        var classes = LabelColumn.FromValues([.. labels.Select(label => (IComparable)label)], nameof(labels));
        int d = x.ColumnCount;
        double[] rows = PairedSamples.Standardize(x, options.Jitter, options.SeedOrZero, stream: 3);
        double value = RossMean(rows, d, classes.Classes, classes.Count, options, whole: true)
            ?? throw new ArgumentException("Two classes with at least two points each are needed.", nameof(labels));
        var (lower, upper) = Bootstrap.Subsampled(
            x.RowCount,
            value,
            picked => RossMean(Gather(rows, picked, d), d, Gather(classes.Classes, picked, 1), classes.Count, options, whole: false) ?? value,
            options);
        return new InformationEstimate(value, lower, upper, options.Confidence, x.RowCount, $"Ross, k = {options.Neighbors}");
    }

    /// <summary>
    /// I(X; Y) of two discrete variables from their joint counts: the plug-in estimate less its first-order bias (Miller and Madow:
    /// (cells − rows − columns + 1)/(2n), counting those that occur), cut at 0, with a bootstrap interval: the percentile and the reflected one together, since near 0 and near the entropy they err on different sides.
    /// </summary>
    /// <param name="x">A class a row, any numbers.</param>
    /// <param name="y">The other class, the same rows.</param>
    /// <param name="options">Interval and seed; defaults where null.</param>
    /// <exception cref="ArgumentException">Different numbers of rows, or fewer than two.</exception>
    public static InformationEstimate Discrete(IReadOnlyList<int> x, IReadOnlyList<int> y, EstimationOptions? options = null)
    {
        options ??= new EstimationOptions();
        options.Validate();
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"x has {x.Count} rows, y has {y.Count}: they are samples of a pair.", nameof(y));
        }

        if (x.Count < 2)
        {
            throw new ArgumentException($"At least 2 samples are needed; there is {x.Count}.", nameof(x));
        }

        var (xs, rows) = Index(x);
        var (ys, columns) = Index(y);
        double value = DiscretePlugIn(xs, rows, ys, columns, null);
        var (low, high) = Bootstrap.Percentile(xs.Length, sample => DiscretePlugIn(xs, rows, ys, columns, sample), options);
        double lower = Math.Min(low, (2 * value) - high), upper = Math.Max(high, (2 * value) - low);
        value = Math.Max(0, value);
        return new InformationEstimate(value, Math.Clamp(lower, 0, value), Math.Max(value, upper), options.Confidence, xs.Length, "plug-in, Miller-Madow");
    }

    /// <summary>The entropy −Σ p·log p of a discrete variable's observed shares, in nats.</summary>
    /// <param name="labels">A class a row, any numbers; not empty.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static double Entropy(IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0)
        {
            throw new ArgumentException("There are no labels.", nameof(labels));
        }

        double entropy = 0;
        foreach (var group in labels.GroupBy(label => label))
        {
            double share = (double)group.Count() / labels.Count;
            entropy -= share * Math.Log(share);
        }

        return Math.Max(0, entropy);
    }

    private static double DiscretePlugIn(int[] x, int rows, int[] y, int columns, ReadOnlySpan<int> sample)
    {
        var joint = new int[rows * columns];
        int n = sample.IsEmpty ? x.Length : sample.Length;
        for (int i = 0; i < n; i++)
        {
            int row = sample.IsEmpty ? i : sample[i];
            joint[(x[row] * columns) + y[row]]++;
        }

        var left = new int[rows];
        var right = new int[columns];
        for (int cell = 0; cell < joint.Length; cell++)
        {
            left[cell / columns] += joint[cell];
            right[cell % columns] += joint[cell];
        }

        double sum = 0;
        int occupied = 0;
        for (int cell = 0; cell < joint.Length; cell++)
        {
            if (joint[cell] > 0)
            {
                occupied++;
                sum += (double)joint[cell] / n * Math.Log((double)joint[cell] * n / ((double)left[cell / columns] * right[cell % columns]));
            }
        }

        int bias = occupied - left.Count(count => count > 0) - right.Count(count => count > 0) + 1;
        return sum - (bias / (2.0 * n));
    }

    private static (int[] Classes, int Count) Index(IReadOnlyList<int> values)
    {
        var index = values.Distinct().Order().Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i);
        return ([.. values.Select(value => index[value])], index.Count);
    }

    private static double KsgMean(double[] xs, int dx, double[] ys, int dy, int k, EstimationOptions options, bool whole)
    {
        int n = xs.Length / dx, d = dx + dy;
        var joint = new double[n * d];
        for (int i = 0; i < n; i++)
        {
            xs.AsSpan(i * dx, dx).CopyTo(joint.AsSpan(i * d));
            ys.AsSpan(i * dy, dy).CopyTo(joint.AsSpan((i * d) + dx));
        }

        var together = new KdTree(joint, d);
        var first = Marginal.Create(xs, dx);
        var second = Marginal.Create(ys, dy);
        double[] psi = DigammaTable(n);
        return MeanOfTerms(n, whole, options, i =>
        {
            // The point itself is one of those found, at distance 0: the (k + 1)-th is its k-th neighbour.
            double radius = Checked(together.DistanceTo(joint.AsSpan(i * d, d), k + 1), whole, i, k);

            int nx = first.CountBelow(xs.AsSpan(i * dx, dx), radius) - 1;
            int ny = second.CountBelow(ys.AsSpan(i * dy, dy), radius) - 1;
            return psi[k] + psi[n] - psi[nx + 1] - psi[ny + 1];
        });
    }

    /// <summary>Null where fewer than two classes have two points.</summary>
    private static double? RossMean(double[] rows, int d, int[] labels, int classCount, EstimationOptions options, bool whole)
    {
        var sizes = new int[classCount];
        foreach (int label in labels)
        {
            sizes[label]++;
        }

        int[] kept = [.. Enumerable.Range(0, labels.Length).Where(i => sizes[labels[i]] > 1)];
        if (sizes.Count(size => size > 1) < 2)
        {
            return null;
        }

        double[] points = Gather(rows, kept, d);
        var everything = Marginal.Create(points, d);
        var byClass = new KdTree?[classCount];
        for (int c = 0; c < classCount; c++)
        {
            byClass[c] = sizes[c] > 1 ? new KdTree(Gather(rows, [.. kept.Where(i => labels[i] == c)], d), d) : null;
        }

        int n = kept.Length;
        double[] psi = DigammaTable(n);
        return MeanOfTerms(n, whole, options, i =>
        {
            var own = byClass[labels[kept[i]]]!;
            int k = Math.Min(options.Neighbors, own.Count - 1);
            var point = points.AsSpan(i * d, d);
            double radius = Checked(own.DistanceTo(point, k + 1), whole, kept[i], k);

            int within = everything.CountWithin(point, radius) - 1;
            return psi[n] - psi[own.Count] + psi[k] - psi[within];
        });
    }

    private static T[] Gather<T>(T[] rows, ReadOnlySpan<int> kept, int dimensions)
    {
        var gathered = new T[kept.Length * dimensions];
        for (int i = 0; i < kept.Length; i++)
        {
            rows.AsSpan(kept[i] * dimensions, dimensions).CopyTo(gathered.AsSpan(i * dimensions));
        }

        return gathered;
    }

    private static double[] DigammaTable(int count)
    {
        var table = new double[count + 2];
        table[0] = double.NaN;
        table[1] = -Constants.EulerMascheroni;
        for (int i = 1; i <= count; i++)
        {
            table[i + 1] = table[i] + (1.0 / i);
        }

        return table;
    }

    /// <summary>A distance of 0 is an error in the whole; in a subsample, which may have fewer neighbours to ask for, it counts the points that coincide.</summary>
    private static double Checked(double radius, bool whole, int row, int neighbors)
    {
        if (radius == 0 && whole)
        {
            throw new ArgumentException(
                $"Row {row} coincides with {neighbors} other points, so that its distance to them is 0; set a {nameof(EstimationOptions.Jitter)} above 0.", nameof(row));
        }

        return Math.Max(radius, double.Epsilon);
    }

    private static double MeanOfTerms(int count, bool whole, EstimationOptions options, Func<int, double> term)
    {
        var terms = new double[count];
        if (whole)
        {
            Bootstrap.InParallel(count, options, () => 0, (i, _) => terms[i] = term(i));
        }
        else
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < count; i++)
            {
                terms[i] = term(i);
            }
        }

        return terms.Sum() / count;
    }
}
