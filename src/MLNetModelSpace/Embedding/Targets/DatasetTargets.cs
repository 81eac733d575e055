using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Where a dataset lies in the model–dataset space: its class shares, scaled to unit length (section 4.2 and Figure 1 of the
/// paper). Thread-safe: it holds nothing.
/// </summary>
internal static class DatasetTargets
{
    /// <summary>How far the sum of shares may be from one, for rounding: 1e-3.</summary>
    public const double ShareTolerance = 1e-3;

    /// <summary>Least number of classes a space of datasets has: three.</summary>
    public const int MinClasses = 3;

    /// <summary>The unit vector of a dataset.</summary>
    /// <param name="shares">Class proportions: finite, not negative, summing to one within <see cref="ShareTolerance"/>.</param>
    /// <param name="basis">Directions of the classes; null for the axes, where the vector is the scaled shares themselves.</param>
    /// <returns>A vector of unit length with as many values as there are classes, or as the basis has dimensions.</returns>
    /// <exception cref="ArgumentException">
    /// A share is negative or not finite, the shares do not sum to one, the basis has another number of classes, or the
    /// vector has zero length.
    /// </exception>
    public static float[] OnSphere(ReadOnlySpan<float> shares, ClassBasis? basis = null)
    {
        CheckShares(shares);
        float[] target;
        if (basis is null)
        {
            target = shares.ToArray();
        }
        else
        {
            if (basis.Count != shares.Length)
                throw new ArgumentException($"There are {shares.Length} shares; the class basis has {basis.Count} classes.", nameof(shares));
            target = new float[basis.Dimension];
            for (int k = 0; k < shares.Length; k++)
                TensorPrimitives.MultiplyAdd(basis[k], shares[k], target, target);
        }

        Normalize(target, "The target of a dataset");
        return target;
    }

    /// <summary>
    /// The point of a dataset in the Poincaré ball: the Einstein midpoint of the classes, weighted by the shares, where a pure
    /// class lies at hyperbolic distance <paramref name="radius"/> from the centre. Its direction is that of <see cref="OnSphere"/>.
    /// </summary>
    /// <param name="shares">As in <see cref="OnSphere"/>.</param>
    /// <param name="radius">Hyperbolic distance of a pure class from the centre, above 0 and at most 8.</param>
    /// <param name="basis">As in <see cref="OnSphere"/>.</param>
    /// <returns>A point inside the unit ball.</returns>
    /// <exception cref="ArgumentException">As in <see cref="OnSphere"/>, or a radius outside its range.</exception>
    public static float[] InBall(ReadOnlySpan<float> shares, double radius, ClassBasis? basis = null)
    {
        PoincareBall.CheckRadius(radius);
        CheckShares(shares);
        int dimension = basis?.Dimension ?? shares.Length;
        if (basis is not null && basis.Count != shares.Length)
            throw new ArgumentException($"There are {shares.Length} shares; the class basis has {basis.Count} classes.", nameof(shares));

        // All classes lie at one distance, so their Lorentz factors are equal and the midpoint in Klein coordinates is the
        // plain weighted mean.
        float klein = (float)Math.Tanh(radius);
        var point = new float[dimension];
        for (int k = 0; k < shares.Length; k++)
        {
            if (basis is null)
                point[k] = klein * shares[k];
            else
                TensorPrimitives.MultiplyAdd(basis[k], klein * shares[k], point, point);
        }

        if (TensorPrimitives.Norm(point) == 0)
            throw new ArgumentException("The target of a dataset has zero length: its direction is not defined.", nameof(shares));
        PoincareBall.FromKlein(point);
        return point;
    }

    /// <summary>Checks class proportions.</summary>
    /// <param name="shares">Class proportions.</param>
    /// <exception cref="ArgumentException">None, a negative or non-finite one, or a sum other than one.</exception>
    public static void CheckShares(ReadOnlySpan<float> shares)
    {
        if (shares.IsEmpty)
            throw new ArgumentException("There are no shares.", nameof(shares));
        double sum = 0;
        for (int k = 0; k < shares.Length; k++)
        {
            if (!float.IsFinite(shares[k]) || shares[k] < 0)
                throw new ArgumentException($"The share of class {k} is {shares[k]}; expected 0 to 1.", nameof(shares));
            sum += shares[k];
        }

        if (Math.Abs(sum - 1) > ShareTolerance)
            throw new ArgumentException($"The shares sum to {sum:G6}; expected 1.", nameof(shares));
    }

    /// <summary>Scales a vector to unit length in place.</summary>
    internal static void Normalize(Span<float> vector, string what)
    {
        float norm = TensorPrimitives.Norm(vector);
        if (!(norm > 0) || !float.IsFinite(norm))
            throw new ArgumentException($"{what} has {(norm == 0 ? "zero" : "no finite")} length: its direction is not defined.", nameof(vector));
        TensorPrimitives.Divide(vector, norm, vector);
    }
}
