using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Microsoft.ML;

namespace MLNetModelSpace.Theory;

/// <summary>
/// A Gaussian x ~ N(μ, Σ) in d dimensions: the source of data that the paper's Section 3 assumes, given by its
/// parameters or estimated from samples, in float64.
/// </summary>
/// <remarks>
/// The log-determinant is taken by Cholesky once, the spectrum on first use. Immutable and safe to share between threads.
/// </remarks>
public sealed class GaussianMoments
{
    private readonly Matrix<double> _covariance;
    private readonly Vector<double> _mean;
    private readonly Lazy<Evd<double>> _spectrum;
    private readonly Lazy<double[]> _eigenvalues;
    private NoisyCovariance? _noisy;

    /// <summary>How moments are estimated from samples.</summary>
    public sealed class Options
    {
        /// <summary>What is done about too few samples; <see cref="CovarianceShrinkage.Automatic"/> by default.</summary>
        public CovarianceShrinkage Shrinkage { get; set; } = CovarianceShrinkage.Automatic;

        /// <summary>
        /// The variance σ² of independent noise through which the data is seen, in squared units of the data, added to the diagonal
        /// of Σ; 0 by default. With a positive one, constant columns (such as the corner pixels of an image) are allowed.
        /// </summary>
        public double NoiseVariance { get; set; }

        internal void Validate()
        {
            ArgumentRanges.RequireDefined(Shrinkage, nameof(Shrinkage));

            ArgumentRanges.RequireNotNegative(NoiseVariance, nameof(NoiseVariance));
        }
    }

    /// <summary>A Gaussian from its parameters.</summary>
    /// <param name="mean">μ, d values.</param>
    /// <param name="covariance">Σ, d × d, symmetric and positive definite; it is copied.</param>
    /// <exception cref="ArgumentException">Σ is not square, not symmetric, not positive definite or of another size than μ, or a value is not finite.</exception>
    public GaussianMoments(IReadOnlyList<double> mean, Matrix<double> covariance)
        : this(mean, covariance, samples: 0, shrinkage: 0)
    {
    }

    private GaussianMoments(IReadOnlyList<double> mean, Matrix<double> covariance, int samples, double shrinkage)
    {
        ArgumentNullException.ThrowIfNull(mean);
        _covariance = SymmetricMatrix.Checked(covariance, nameof(covariance));
        if (mean.Count != _covariance.RowCount)
        {
            throw new ArgumentException($"The mean has {mean.Count} dimensions, the covariance matrix {_covariance.RowCount}.", nameof(mean));
        }

        _mean = Vector<double>.Build.DenseOfEnumerable(mean);
        if (_mean.Any(value => !double.IsFinite(value)))
        {
            throw new ArgumentException("The mean has a value that is not finite.", nameof(mean));
        }

        Mean = Array.AsReadOnly(_mean.ToArray());
        LogDeterminant = SymmetricMatrix.LogDeterminant(_covariance, nameof(covariance));
        Samples = samples;
        Shrinkage = shrinkage;
        _spectrum = new Lazy<Evd<double>>(() => _covariance.Evd(Symmetricity.Symmetric));
        _eigenvalues = new Lazy<double[]>(() => [.. _spectrum.Value.EigenValues.Select(value => value.Real).OrderDescending()]);
    }

    /// <summary>d, the number of dimensions.</summary>
    public int Dimension => _covariance.RowCount;

    /// <summary>μ.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Σ, a copy.</summary>
    public Matrix<double> Covariance => _covariance.Clone();

    /// <summary>log |Σ|, by Cholesky.</summary>
    public double LogDeterminant { get; }

    /// <summary>The eigenvalues λ₁ ≥ … ≥ λ_d of Σ, computed on first use.</summary>
    public IReadOnlyList<double> Eigenvalues => _eigenvalues.Value;

    /// <summary>The trace of Σ: the summed variance.</summary>
    public double TotalVariance => _covariance.Trace();

    /// <summary>The differential entropy ½·log((2πe)^d |Σ|), in nats. It depends on the unit of the data and may be negative.</summary>
    public double Entropy => GaussianInformation.EntropyOf(Dimension, LogDeterminant);

    /// <summary>How many samples the moments were estimated from; 0 where they were given.</summary>
    public int Samples { get; }

    /// <summary>The shrinkage intensity ρ in [0, 1] that was applied to Σ.</summary>
    public double Shrinkage { get; }

    internal Matrix<double> CovarianceView => _covariance;

    internal Vector<double> MeanView => _mean;

    /// <summary>Eigenvectors as columns, eigenvalues ascending.</summary>
    internal Matrix<double> Eigenvectors => _spectrum.Value.EigenVectors;

    /// <summary>Estimates a Gaussian from samples.</summary>
    /// <param name="samples">n × d, a sample a row; n at least 2.</param>
    /// <param name="options">Shrinkage and observation noise; defaults where null.</param>
    /// <exception cref="ArgumentException">
    /// Fewer than two samples, a value that is not finite, a constant column without observation noise,
    /// or a covariance that is not positive definite (with <see cref="CovarianceShrinkage.None"/>, or from two samples, which say nothing of how much to shrink).
    /// </exception>
    public static GaussianMoments FromSamples(Matrix<double> samples, Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        options ??= new Options();
        options.Validate();
        int n = samples.RowCount, d = samples.ColumnCount;
        if (n < 2)
        {
            throw new ArgumentException($"A covariance matrix needs at least 2 samples; there is {n}.", nameof(samples));
        }

        InformationGuard.Finite(samples, nameof(samples));
        if (options.NoiseVariance == 0)
        {
            InformationGuard.NoConstantColumn(samples, nameof(samples), "; drop it, or see the data through noise (NoiseVariance)");
        }

        var mean = samples.ColumnSums() / n;
        var centred = samples.Clone();
        for (int j = 0; j < d; j++)
        {
            centred.SetColumn(j, centred.Column(j) - mean[j]);
        }

        var covariance = centred.TransposeThisAndMultiply(centred) / (n - 1);
        double intensity = options.Shrinkage switch
        {
            CovarianceShrinkage.LedoitWolf => LedoitWolfIntensity(centred, covariance),
            CovarianceShrinkage.Automatic when n <= d => LedoitWolfIntensity(centred, covariance),
            _ => 0,
        };
        double target = covariance.Trace() / d;
        covariance *= 1 - intensity;
        for (int i = 0; i < d; i++)
        {
            covariance[i, i] += (intensity * target) + options.NoiseVariance;
        }

        return new GaussianMoments(mean.ToArray(), covariance, n, intensity);
    }

    /// <summary>Estimates a Gaussian from a vector column of an <see cref="IDataView"/>.</summary>
    /// <param name="data">The rows; read once.</param>
    /// <param name="columnName">A column of <see cref="float"/> or of vectors of it.</param>
    /// <param name="dimension">d; a row may hold several samples of d values each, as the <c>Images</c> of one model do. The vector's length where null.</param>
    /// <param name="options">Shrinkage and observation noise; defaults where null.</param>
    /// <exception cref="ArgumentException">As in <see cref="FromSamples(Matrix{double}, Options?)"/>; or the column is missing, of another type, or no multiple of d long.</exception>
    public static GaussianMoments FromSamples(IDataView data, string columnName, int? dimension = null, Options? options = null)
    {
        options ??= new Options();
        options.Validate();
        if (dimension is { } given)
        {
            ArgumentRanges.RequireAtLeast(given, 1, nameof(dimension));
        }

        var rows = FeatureColumn.ReadVectors(data, columnName);
        if (rows.Count == 0)
        {
            throw new ArgumentException($"Column '{columnName}' has no rows.", nameof(data));
        }

        int d = dimension ?? rows[0].Length;
        int count = 0;
        for (int r = 0; r < rows.Count; r++)
        {
            if (d == 0 || rows[r].Length % d != 0)
            {
                throw new ArgumentException($"Row {r} of column '{columnName}' has {rows[r].Length} values: no whole number of samples of {d}.", nameof(dimension));
            }

            count += rows[r].Length / d;
        }

        var samples = Matrix<double>.Build.Dense(count, d);
        int next = 0;
        foreach (var row in rows)
        {
            for (int start = 0; start < row.Length; start += d, next++)
            {
                for (int j = 0; j < d; j++)
                {
                    samples[next, j] = row[start + j];
                }
            }
        }

        return FromSamples(samples, options);
    }

    /// <summary>The same Gaussian seen through independent noise: N(μ, Σ + σ²I).</summary>
    /// <param name="noiseVariance">σ², at least 0, in squared units of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">σ² is negative or not finite.</exception>
    public GaussianMoments WithNoise(double noiseVariance)
    {
        ArgumentRanges.RequireNotNegative(noiseVariance, nameof(noiseVariance));
        return new GaussianMoments(Mean, AddToDiagonal(_covariance, noiseVariance), Samples, Shrinkage);
    }

    /// <summary>d, the log-determinant and the entropy, for display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Gaussian in {Dimension} dimensions, log |Σ| = {LogDeterminant:0.####}, H = {Entropy:0.####} nats");

    /// <summary>Σ + σ²I factored; the last one is kept, since every model of a zoo is asked about at the same noise.</summary>
    internal NoisyCovariance Noisy(double noiseVariance)
    {
        var kept = Volatile.Read(ref _noisy);
        if (kept is null || kept.NoiseVariance != noiseVariance)
        {
            var factor = AddToDiagonal(_covariance, noiseVariance).Cholesky();
            kept = new NoisyCovariance(noiseVariance, factor, factor.DeterminantLn);
            Volatile.Write(ref _noisy, kept);
        }

        return kept;
    }

    internal static Matrix<double> AddToDiagonal(Matrix<double> matrix, double value)
    {
        var sum = matrix.Clone();
        for (int i = 0; i < sum.RowCount; i++)
        {
            sum[i, i] += value;
        }

        return sum;
    }

    private static double LedoitWolfIntensity(Matrix<double> centred, Matrix<double> unbiased)
    {
        int n = centred.RowCount, d = centred.ColumnCount;
        var biased = unbiased * ((n - 1.0) / n);
        double target = biased.Trace() / d;
        double squared = 0, away = 0;
        for (int i = 0; i < d; i++)
        {
            for (int j = 0; j < d; j++)
            {
                double value = biased[i, j];
                squared += value * value;
                double difference = i == j ? value - target : value;
                away += difference * difference;
            }
        }

        if (away == 0)
        {
            return 1;
        }

        // (1/n²) Σ ‖x xᵀ − S‖² = (1/n²) (Σ ‖x‖⁴ − n ‖S‖²), without forming any x xᵀ.
        double fourth = 0;
        for (int r = 0; r < n; r++)
        {
            double norm = 0;
            for (int j = 0; j < d; j++)
            {
                norm += centred[r, j] * centred[r, j];
            }

            fourth += norm * norm;
        }

        double noise = ((fourth / n) - squared) / n;
        return Math.Clamp(noise / away, 0, 1);
    }

    /// <summary>Σ + σ²I with its Cholesky factor and log-determinant.</summary>
    internal sealed record NoisyCovariance(double NoiseVariance, Cholesky<double> Factor, double LogDeterminant);
}
