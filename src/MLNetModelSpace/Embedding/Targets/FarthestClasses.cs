namespace MLNetModelSpace;

/// <summary>Three classes and how far they lie apart.</summary>
/// <param name="First">Index of a class.</param>
/// <param name="Second">Index of a class.</param>
/// <param name="Third">Index of a class.</param>
/// <param name="MinDistance">The smallest of the three Euclidean distances.</param>
/// <param name="SumDistance">The sum of the three.</param>
public readonly record struct ClassTriple(int First, int Second, int Third, double MinDistance, double SumDistance);

/// <summary>
/// The three classes that lie farthest apart (section 4.2 of the paper): class means of image embeddings, Euclidean distance,
/// and the triple with the largest minimum, and beside it the one with the largest sum, of pairwise distances.
/// Immutable and thread-safe.
/// </summary>
public sealed class FarthestClasses
{
    private readonly double[,] _distances;

    private FarthestClasses(float[][] means, double[,] distances, ClassTriple byMinimum, ClassTriple bySum)
    {
        Means = means;
        _distances = distances;
        ByMinimum = byMinimum;
        BySum = bySum;
    }

    /// <summary>The class means.</summary>
    public IReadOnlyList<IReadOnlyList<float>> Means { get; }

    /// <summary>The triple with the largest smallest distance; of equal ones, the first in class order.</summary>
    public ClassTriple ByMinimum { get; }

    /// <summary>The triple with the largest sum of distances; of equal ones, the first in class order.</summary>
    public ClassTriple BySum { get; }

    /// <summary>Euclidean distance of the means of two classes.</summary>
    public double Distance(int first, int second) => _distances[first, second];

    /// <summary>Finds the triples.</summary>
    /// <param name="classMeans">One mean a class, at least three.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, differing lengths, or values that are not finite.</exception>
    public static FarthestClasses Find(IEnumerable<IReadOnlyList<float>> classMeans)
    {
        ArgumentNullException.ThrowIfNull(classMeans);
        float[][] means = [.. classMeans.Select(mean => mean.ToArray())];
        ClassBasis.CheckClasses(means.Length, nameof(classMeans));
        int n = means.Length;
        var distances = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            if (means[i].Length != means[0].Length)
                throw new ArgumentException($"The mean of class {i} has {means[i].Length} values; class 0 has {means[0].Length}.", nameof(classMeans));
            for (int j = 0; j < i; j++)
            {
                distances[i, j] = distances[j, i] = System.Numerics.Tensors.TensorPrimitives.Distance<float>(means[i], means[j]);
                if (!double.IsFinite(distances[i, j]))
                    throw new ArgumentException($"The means of classes {j} and {i} are no finite distance apart.", nameof(classMeans));
            }
        }

        (ClassTriple byMinimum, ClassTriple bySum) = (default, default);
        for (int a = 0; a < n; a++)
        {
            for (int b = a + 1; b < n; b++)
            {
                for (int c = b + 1; c < n; c++)
                {
                    double ab = distances[a, b], ac = distances[a, c], bc = distances[b, c];
                    var triple = new ClassTriple(a, b, c, Math.Min(ab, Math.Min(ac, bc)), ab + ac + bc);
                    if (triple.MinDistance > byMinimum.MinDistance || byMinimum.Third == 0)
                        byMinimum = triple;
                    if (triple.SumDistance > bySum.SumDistance || bySum.Third == 0)
                        bySum = triple;
                }
            }
        }

        return new FarthestClasses(means, distances, byMinimum, bySum);
    }
}
