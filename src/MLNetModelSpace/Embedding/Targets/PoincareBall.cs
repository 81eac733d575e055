using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// The Poincaré ball of curvature −1: distances, the maps to and from the tangent space at the origin, and midpoints.
/// After Ganea, Bécigneul and Hofmann, "Hyperbolic neural networks" (2018), section 2. Thread-safe: it holds nothing.
/// </summary>
internal static class PoincareBall
{
    /// <summary>Greatest hyperbolic distance from the centre that is kept apart from the rim in single precision: 8.</summary>
    public const double MaxRadius = 8;

    /// <summary>The hyperbolic distance arcosh(1 + 2‖x − y‖² / ((1 − ‖x‖²)(1 − ‖y‖²))).</summary>
    /// <param name="x">A point inside the unit ball.</param>
    /// <param name="y">A point inside the unit ball, of the same dimension.</param>
    /// <exception cref="ArgumentException">The dimensions differ, or a point is not inside the ball.</exception>
    public static double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The points have {x.Length} and {y.Length} dimensions.", nameof(y));
        double gap = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            gap += difference * difference;
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        if (!(xx < 1) || !(yy < 1))
            throw new ArgumentException($"A point at norm {Math.Sqrt(Math.Max(xx, yy)):G6} is not inside the unit ball.", nameof(x));
        double excess = 2 * gap / ((1 - xx) * (1 - yy));

        // arcosh(1 + e), written so that small distances keep their digits.
        return Math.Log(1 + excess + Math.Sqrt(excess * (excess + 2)));
    }

    /// <summary>The point at the end of a tangent vector at the origin: tanh(‖v‖/2)·v/‖v‖ (metric λ₀ = 2, so its distance is ‖v‖).</summary>
    /// <param name="tangent">A tangent vector; turned into the point in place.</param>
    public static void ExpMap(Span<float> tangent)
    {
        float norm = TensorPrimitives.Norm((ReadOnlySpan<float>)tangent);
        if (norm > 0)
            TensorPrimitives.Multiply(tangent, (float)(Math.Tanh(Math.Min(norm, MaxRadius) / 2) / norm), tangent);
    }

    /// <summary>The tangent vector at the origin that leads to a point: the inverse of <see cref="ExpMap"/>.</summary>
    /// <param name="point">A point inside the ball; turned into the tangent vector in place.</param>
    public static void LogMap(Span<float> point)
    {
        float norm = TensorPrimitives.Norm((ReadOnlySpan<float>)point);
        if (norm > 0)
            TensorPrimitives.Multiply(point, (float)(2 * Math.Atanh(Math.Min(norm, 1 - 1e-7)) / norm), point);
    }

    /// <summary>The Einstein midpoint of two points: the mean in Klein coordinates, weighted by weights and Lorentz factors.</summary>
    /// <param name="x">A point inside the ball.</param>
    /// <param name="weightX">Its weight, at least zero.</param>
    /// <param name="y">A point inside the ball.</param>
    /// <param name="weightY">Its weight, at least zero; not both zero.</param>
    public static float[] Midpoint(ReadOnlySpan<float> x, double weightX, ReadOnlySpan<float> y, double weightY)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The points have {x.Length} and {y.Length} dimensions.", nameof(y));
        double xx = TensorPrimitives.Dot(x, x), yy = TensorPrimitives.Dot(y, y);

        // Klein k = 2p/(1+‖p‖²); its Lorentz factor is (1+‖p‖²)/(1−‖p‖²).
        double fx = weightX * (1 + xx) / (1 - xx), fy = weightY * (1 + yy) / (1 - yy);
        if (!(fx + fy > 0))
            throw new ArgumentException("The weights are both zero.", nameof(weightX));
        var middle = new float[x.Length];
        for (int i = 0; i < middle.Length; i++)
            middle[i] = (float)(((fx * 2 * x[i] / (1 + xx)) + (fy * 2 * y[i] / (1 + yy))) / (fx + fy));
        FromKlein(middle);
        return middle;
    }

    /// <summary>Klein to Poincaré coordinates, in place: k / (1 + √(1 − ‖k‖²)).</summary>
    internal static void FromKlein(Span<float> point)
    {
        double square = Math.Min(TensorPrimitives.Dot<float>(point, point), 1);
        TensorPrimitives.Divide(point, (float)(1 + Math.Sqrt(1 - square)), point);
    }

    internal static void CheckRadius(double radius)
    {
        if (!(radius > 0 && radius <= MaxRadius))
            throw new ArgumentOutOfRangeException(nameof(radius), radius, $"The hyperbolic radius is {radius}; expected above 0, at most {MaxRadius}.");
    }
}
