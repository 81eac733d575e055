using System.Numerics.Tensors;

namespace MLNetModelSpace;

/// <summary>
/// Places images on the sphere of datasets without training a model: the mean embedding of a mixture is the mixture of its classes' mean
/// embeddings, so the shares are what least squares finds among proportions. Immutable and thread-safe.
/// </summary>
public sealed class ImagePlacement
{
    private const int Iterations = 2000;

    private readonly ResNetEmbedderTransformer _embedder;
    private readonly double[] _gram;
    private readonly float[][] _means;
    private readonly float[] _scale;

    /// <summary>Learns the classes' mean embeddings.</summary>
    /// <param name="embedder">The image embedder.</param>
    /// <param name="dataset">Labelled images.</param>
    /// <param name="indices">Which of them, for each class of the space in the order of its shares; at least three classes, none empty.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, a class without images, or images of another shape.</exception>
    public ImagePlacement(ResNetEmbedderTransformer embedder, ImageDataset dataset, IReadOnlyList<IReadOnlyList<int>> indices)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(indices);
        ClassBasis.CheckClasses(indices.Count, nameof(indices));
        if (dataset.Shape != embedder.ImageShape)
            throw new ArgumentException($"The images are {dataset.Shape}; the embedder reads {embedder.ImageShape}.", nameof(dataset));
        _embedder = embedder;
        _means = new float[indices.Count][];
        double[] within = new double[embedder.Dimension];
        int total = 0;
        for (int k = 0; k < _means.Length; k++)
        {
            if (indices[k].Count == 0)
                throw new ArgumentException($"Class {k} has no images.", nameof(indices));
            float[] images = new float[indices[k].Count * dataset.Shape.Size];
            dataset.CopyImages([.. indices[k]], images);
            float[][] embedded = embedder.Embed(images);
            _means[k] = Mean(embedded);
            total += embedded.Length;
            foreach (float[] one in embedded)
            {
                for (int i = 0; i < within.Length; i++)
                    within[i] += (one[i] - _means[k][i]) * (one[i] - _means[k][i]);
            }
        }

        // Values that vary much within a class say little of a mean: they weigh less.
        _scale = Array.ConvertAll(within, square => square > 0 ? (float)Math.Sqrt(total / square) : 0);
        foreach (float[] mean in _means)
            TensorPrimitives.Multiply(mean, _scale, mean);
        _gram = new double[_means.Length * _means.Length];
        for (int a = 0; a < _means.Length; a++)
        {
            for (int b = 0; b < _means.Length; b++)
                _gram[(a * _means.Length) + b] = TensorPrimitives.Dot<float>(_means[a], _means[b]);
        }
    }

    /// <summary>Number of classes.</summary>
    public int ClassCount => _means.Length;

    /// <summary>The class shares of images, as far as the embedder sees them: not negative, summing to one.</summary>
    /// <param name="images">n·C·H·W finite values in [0, 1].</param>
    /// <exception cref="ArgumentException">The number of values is no positive multiple of an image's.</exception>
    public float[] EstimateShares(ReadOnlySpan<float> images)
    {
        float[] mean = Mean(_embedder.Embed(images));
        TensorPrimitives.Multiply(mean, _scale, mean);
        int k = _means.Length;
        double[] target = new double[k], shares = new double[k], point = new double[k], previous = new double[k], gradient = new double[k];
        for (int a = 0; a < k; a++)
            target[a] = TensorPrimitives.Dot<float>(_means[a], mean);
        Array.Fill(shares, 1.0 / k);
        shares.CopyTo(point, 0);

        // Accelerated projected gradient (Beck and Teboulle, 2009); the trace bounds the largest eigenvalue.
        double step = 0, momentum = 1;
        for (int a = 0; a < k; a++)
            step += _gram[(a * k) + a];
        for (int i = 0; i < Iterations && step > 0; i++)
        {
            for (int a = 0; a < k; a++)
                gradient[a] = TensorPrimitives.Dot<double>(_gram.AsSpan(a * k, k), point) - target[a];
            shares.CopyTo(previous, 0);
            for (int a = 0; a < k; a++)
                shares[a] = point[a] - (gradient[a] / step);
            ProjectOnSimplex(shares);
            double next = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
            for (int a = 0; a < k; a++)
                point[a] = shares[a] + ((momentum - 1) / next * (shares[a] - previous[a]));
            momentum = next;
        }

        return Array.ConvertAll(shares, share => (float)share);
    }

    /// <summary>The unit vector of images on the sphere of datasets.</summary>
    /// <param name="images">As in <see cref="EstimateShares"/>.</param>
    /// <param name="basis">Directions of the classes; null for the axes.</param>
    public float[] Place(ReadOnlySpan<float> images, ClassBasis? basis = null) => DatasetTargets.OnSphere(EstimateShares(images), basis);

    /// <summary>The nearest proportions (Duchi, Shalev-Shwartz, Singer and Chandra, 2008).</summary>
    internal static void ProjectOnSimplex(Span<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        double sum = 0, shift = 0;
        for (int i = sorted.Length - 1, count = 1; i >= 0; i--, count++)
        {
            sum += sorted[i];
            double candidate = (sum - 1) / count;
            if (sorted[i] > candidate)
                shift = candidate;
        }

        for (int i = 0; i < values.Length; i++)
            values[i] = Math.Max(values[i] - shift, 0);
    }

    private static float[] Mean(float[][] rows)
    {
        float[] mean = new float[rows[0].Length];
        foreach (float[] row in rows)
            TensorPrimitives.Add(mean, row, mean);
        TensorPrimitives.Divide(mean, rows.Length, mean);
        return mean;
    }
}
