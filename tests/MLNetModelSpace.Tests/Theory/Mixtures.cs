using MathNet.Numerics.Integration;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

/// <summary>Two equally likely classes, N(−shift, I) and N(+shift, I), whose mutual information with the class is known.</summary>
internal static class Mixtures
{
    internal static (Matrix<double> X, int[] Labels) Two(double shift, int rows, int dimensions, int seed)
    {
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 2)];
        var noise = Gaussians.Standard(rows, dimensions, seed);
        return (Matrix<double>.Build.Dense(rows, dimensions, (i, j) => noise[i, j] + (labels[i] == 1 ? shift : -shift)), labels);
    }

    /// <summary>ln 2 − E log(1 + e^(−2·shift·z)), z ~ N(shift, 1), by quadrature; in d dimensions with each shifted, the shift is √d times as large.</summary>
    internal static double Information(double shift) => Math.Log(2) - DoubleExponentialTransformation.Integrate(
        z => Math.Exp(-(z - shift) * (z - shift) / 2) / Math.Sqrt(2 * Math.PI) * Math.Log(1 + Math.Exp(-2 * shift * z)), shift - 10, shift + 10, 1e-10);
}
