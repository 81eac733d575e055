using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;

namespace MLNetModelSpace.Tests.Theory;

/// <summary>Seeded Gaussian samples and covariance matrices for the tests of this folder.</summary>
internal static class Gaussians
{
    internal static double Next(RandomSource random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    internal static Xoshiro256StarStar Random(int seed) => new(seed, threadSafe: false);

    internal static Matrix<double> Standard(int rows, int columns, int seed)
    {
        var random = Random(seed);
        return Matrix<double>.Build.Dense(rows, columns, (_, _) => Next(random));
    }

    /// <summary>A well-conditioned covariance matrix of mixed coordinates.</summary>
    internal static Matrix<double> Covariance(int dimension, int seed)
    {
        var factor = Standard(dimension, dimension, seed);
        return (factor * factor.Transpose() / dimension) + (Matrix<double>.Build.DenseIdentity(dimension) * 0.1);
    }

    internal static GaussianMoments Moments(int dimension, int seed) =>
        new(Standard(1, dimension, seed + 1).Row(0).ToArray(), Covariance(dimension, seed));

    /// <summary>Rows drawn from N(μ, Σ).</summary>
    internal static Matrix<double> Draw(GaussianMoments x, int rows, int seed)
    {
        var noise = Standard(rows, x.Dimension, seed) * x.Covariance.Cholesky().Factor.Transpose();
        return Matrix<double>.Build.Dense(rows, x.Dimension, (i, j) => noise[i, j] + x.Mean[j]);
    }

    /// <summary>Two columns of correlation ρ.</summary>
    internal static (Matrix<double> X, Matrix<double> Y) Correlated(double rho, int rows, int seed)
    {
        var x = Standard(rows, 1, seed);
        var noise = Standard(rows, 1, seed + 1000);
        return (x, (x * rho) + (noise * Math.Sqrt(1 - (rho * rho))));
    }

    internal static LinearAutoencoderWeights RandomWeights(int d, int k, double scale, int seed) =>
        new(Standard(k, d, seed) * scale, Standard(d, k, seed + 1) * scale);
}
