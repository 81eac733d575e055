namespace MLNetModelSpace;

/// <summary>
/// Directions of the classes in the model–dataset space, for targets other than the plain shares: for example the class means
/// of image embeddings. Each is scaled to unit length. Immutable and thread-safe.
/// </summary>
public sealed class ClassBasis
{
    private readonly float[] _vectors;

    /// <summary>Makes a basis.</summary>
    /// <param name="directions">One vector a class, at least three, all of one length, none of them zero.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, differing lengths, a value that is not finite, or a zero vector.</exception>
    public ClassBasis(IEnumerable<IReadOnlyList<float>> directions)
    {
        ArgumentNullException.ThrowIfNull(directions);
        IReadOnlyList<float>[] rows = [.. directions];
        CheckClasses(rows.Length, nameof(directions));
        Count = rows.Length;
        Dimension = rows[0].Count;
        _vectors = new float[checked(Count * Dimension)];
        for (int k = 0; k < rows.Length; k++)
        {
            if (rows[k].Count != Dimension)
                throw new ArgumentException($"Class {k} has {rows[k].Count} values; class 0 has {Dimension}.", nameof(directions));
            for (int i = 0; i < Dimension; i++)
            {
                if (!float.IsFinite(rows[k][i]))
                    throw new ArgumentException($"Class {k} has {rows[k][i]} at {i}; expected finite values.", nameof(directions));
                _vectors[(k * Dimension) + i] = rows[k][i];
            }

            DatasetTargets.Normalize(_vectors.AsSpan(k * Dimension, Dimension), $"The direction of class {k}");
        }
    }

    /// <summary>Number of classes.</summary>
    public int Count { get; }

    /// <summary>Number of values of each direction.</summary>
    public int Dimension { get; }

    /// <summary>The unit vector of a class.</summary>
    public ReadOnlySpan<float> this[int index] => _vectors.AsSpan(index * Dimension, Dimension);

    internal static void CheckClasses(int count, string parameter)
    {
        if (count < DatasetTargets.MinClasses)
            throw new ArgumentException($"There are {count} classes; a space of datasets needs at least {DatasetTargets.MinClasses}.", parameter);
    }
}
