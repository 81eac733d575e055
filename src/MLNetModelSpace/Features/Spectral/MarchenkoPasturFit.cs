using System.Numerics;

namespace MLNetModelSpace.Features;

/// <summary>
/// The Marchenko–Pastur law, the density of the eigenvalues of a random matrix, fitted to eigenvalues of mean 1 by its one
/// parameter σ (Martin and Mahoney, 2018, sections 3 and 4), with the conventions of WeightWatcher 0.7.5.5: least squares against a
/// triangular kernel estimate on 1000 points, a grid first and then the simplex method. Owns its buffers.
/// </summary>
internal sealed class MarchenkoPasturFit
{
    private const int Points = 1000;
    private const double Bandwidth = 0.1;
    private const double LeastDensity = 0.01;
    private const double Penalty = 1000;

    private readonly double[] _x = new double[Points];
    private readonly double[] _density = new double[Points];
    private double[] _roots = [];
    private int _counted;
    private double _peak;
    private double _last;
    private double _aspect;

    /// <summary>The fitted σ, in units in which the eigenvalues' mean is 1.</summary>
    /// <param name="values">The eigenvalues scaled to mean 1, ascending; not all zero.</param>
    /// <param name="aspect">Q, the larger dimension by the smaller, at least 1.</param>
    public double Fit(ReadOnlySpan<double> values, double aspect)
    {
        _aspect = aspect;
        if (_roots.Length < values.Length)
            _roots = new double[values.Length];
        Span<double> fitted = _roots.AsSpan(0, values.Length);
        for (int i = 0; i < values.Length; i++)
            fitted[i] = aspect == 1 ? Math.Sqrt(values[i]) : values[i];
        EstimateDensity(fitted);

        double scale = Math.Sqrt(values[^1]) / (1 + (1 / Math.Sqrt(aspect)));
        double start = 0.05 * scale, step = 0.01 * scale;
        int count = (int)Math.Ceiling(((2 * scale) - start) / step);
        double best = start, least = double.PositiveInfinity;
        for (int i = 0; i < count; i++)
        {
            double sigma = (i * step) + start;
            double error = Error(sigma);
            if (error < least)
                (best, least) = (sigma, error);
        }

        return Descend(best, least);
    }

    /// <summary>The upper (or lower) edge of the bulk, (σ(1 ± 1/√Q))².</summary>
    public static double Edge(double sigma, double aspect, bool upper)
    {
        double root = sigma * (1 + ((upper ? 1 : -1) / Math.Sqrt(aspect)));
        return root * root;
    }

    /// <summary>The kernel estimate on the points, of which those with enough density are kept.</summary>
    private void EstimateDensity(ReadOnlySpan<double> ascending)
    {
        double end = ascending[^1] + 0.5;
        double step = end / (Points - 1);
        double unit = 1 / (ascending.Length * Bandwidth);
        double highest = double.NegativeInfinity;
        _counted = 0;
        int first = 0;
        for (int i = 0; i < Points; i++)
        {
            double x = i == Points - 1 ? end : i * step;
            while (first < ascending.Length && ascending[first] < x - Bandwidth)
                first++;
            double density = 0;
            for (int j = first; j < ascending.Length && ascending[j] < x + Bandwidth; j++)
                density += Math.Max(0, 1 - (Math.Abs(x - ascending[j]) / Bandwidth));
            density *= unit;
            if (density > highest)
                (highest, _peak) = (density, x);
            if (density <= LeastDensity)
                continue;
            _x[_counted] = x;
            _density[_counted++] = density;
            _last = x;
        }
    }

    /// <summary>The sum of squared differences between the law and the estimate.</summary>
    private double Error(double sigma)
    {
        double variance = sigma * sigma;
        if (_aspect == 1)
            return Error(-2, 2, 1 / (Math.PI * variance), divide: false);
        double low = Edge(sigma, _aspect, upper: false), high = Edge(sigma, _aspect, upper: true);
        if (high < _peak || high > _last || low > _peak)
            return _counted * Penalty * Penalty;
        return Error(low, high, _aspect / (2 * Math.PI * variance), divide: true);
    }

    private double Error(double low, double high, double factor, bool divide)
    {
        int width = Vector<double>.Count;
        Vector<double> sum = default;
        int i = 0;
        for (; i <= _counted - width; i += width)
        {
            var x = new Vector<double>(_x, i);
            var under = Vector.Max((new Vector<double>(high) - x) * (x - new Vector<double>(low)), Vector<double>.Zero);
            Vector<double> model = Vector.SquareRoot(under) * factor;
            Vector<double> difference = (divide ? model / Vector.Max(x, new Vector<double>(double.Epsilon)) : model) - new Vector<double>(_density, i);
            sum += difference * difference;
        }

        double total = Vector.Sum(sum);
        for (; i < _counted; i++)
        {
            double x = _x[i];
            double model = factor * Math.Sqrt(Math.Max(0, (high - x) * (x - low)));
            double difference = (divide ? model / Math.Max(x, double.Epsilon) : model) - _density[i];
            total += difference * difference;
        }

        return total;
    }

    /// <summary>The simplex method of Nelder and Mead (1965) in one dimension: reflection, expansion, contraction, and shrinking.</summary>
    private double Descend(double best, double least)
    {
        const double tolerance = 1e-4;
        const int maxSteps = 200;
        double worst = best * 1.05;
        double most = Error(worst);
        int evaluations = 2;
        for (int i = 0; i < maxSteps && evaluations < maxSteps; i++)
        {
            if (most < least)
                (best, least, worst, most) = (worst, most, best, least);
            if (Math.Abs(worst - best) <= tolerance && Math.Abs(most - least) <= tolerance)
                break;
            (worst, most) = Replace(best, least, worst, most, ref evaluations);
        }

        return most < least ? worst : best;
    }

    private (double Point, double Error) Replace(double best, double least, double worst, double most, ref int evaluations)
    {
        double reflected = (2 * best) - worst;
        double error = Error(reflected);
        evaluations++;
        if (error < least)
        {
            double expanded = (3 * best) - (2 * worst);
            double further = Error(expanded);
            evaluations++;
            return further < error ? (expanded, further) : (reflected, error);
        }

        bool outside = error < most;
        double contracted = outside ? (1.5 * best) - (0.5 * worst) : (best + worst) / 2;
        double nearer = Error(contracted);
        evaluations++;
        if (outside ? nearer <= error : nearer < most)
            return (contracted, nearer);
        double shrunk = best + (0.5 * (worst - best));
        evaluations++;
        return (shrunk, Error(shrunk));
    }
}
