using System.Numerics.Tensors;

namespace MLNetModelSpace;

/// <summary>
/// A query composed of vectors: a mixture of datasets, "this model minus that class plus this one". Immutable; every
/// operation makes a new query. Thread-safe.
/// </summary>
/// <example><code>
/// var query = new IndexQuery(index.Dimension).Plus(index.VectorOf("model 17")).Minus(shirt).Plus(bag);
/// var found = index.Search(query, k: 10);
/// </code></example>
public sealed class IndexQuery
{
    private readonly float[] _sum;

    /// <summary>An empty query.</summary>
    /// <param name="dimension">Number of values of every vector, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    public IndexQuery(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        _sum = new float[dimension];
    }

    private IndexQuery(float[] sum) => _sum = sum;

    /// <summary>Number of values.</summary>
    public int Dimension => _sum.Length;

    /// <summary>The query with a vector added.</summary>
    /// <param name="vector">A vector of the same dimension, finite.</param>
    /// <param name="weight">Its weight, finite; default 1.</param>
    /// <exception cref="ArgumentException">Another dimension, or a value that is not finite.</exception>
    public IndexQuery Plus(ReadOnlySpan<float> vector, float weight = 1)
    {
        if (vector.Length != _sum.Length)
            throw new ArgumentException($"The vector has {vector.Length} values; the query has {_sum.Length}.", nameof(vector));
        if (!float.IsFinite(weight))
            throw new ArgumentException($"The weight is {weight}; expected a finite value.", nameof(weight));
        FiniteNumbers.Require(vector, nameof(vector));
        float[] sum = [.. _sum];
        TensorPrimitives.MultiplyAdd(vector, weight, sum, sum);
        return new IndexQuery(sum);
    }

    /// <summary>The query with a vector taken away.</summary>
    /// <param name="vector">A vector of the same dimension, finite.</param>
    /// <param name="weight">Its weight, finite; default 1.</param>
    /// <exception cref="ArgumentException">Another dimension, or a value that is not finite.</exception>
    public IndexQuery Minus(ReadOnlySpan<float> vector, float weight = 1) => Plus(vector, -weight);

    /// <summary>
    /// A mixture of datasets: the sum of their vectors, weighted by shares or counts, which the space places where the model
    /// trained on all of them would lie.
    /// </summary>
    /// <param name="parts">Vectors with weights: finite, not negative, not all zero.</param>
    /// <exception cref="ArgumentException">No parts, differing dimensions, or weights that are negative or all zero.</exception>
    public static IndexQuery Mixture(params IEnumerable<(ReadOnlyMemory<float> Vector, float Weight)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        IndexQuery? query = null;
        float total = 0;
        foreach ((ReadOnlyMemory<float> vector, float weight) in parts)
        {
            if (!(weight >= 0))
                throw new ArgumentException($"A part of the mixture has the weight {weight}; expected at least 0.", nameof(parts));
            query = (query ?? new IndexQuery(vector.Length)).Plus(vector.Span, weight);
            total += weight;
        }

        if (query is null || total == 0)
            throw new ArgumentException("A mixture needs at least one part of a weight above zero.", nameof(parts));
        return query;
    }

    /// <summary>The composed vector, as it is.</summary>
    public float[] ToArray() => [.. _sum];

    /// <summary>The composed vector, scaled to unit length.</summary>
    /// <exception cref="ArgumentException">It has zero length.</exception>
    public float[] ToUnitVector()
    {
        float[] unit = [.. _sum];
        DatasetTargets.Normalize(unit, "The query");
        return unit;
    }

    internal ReadOnlySpan<float> Values => _sum;
}
