using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MLNetModelSpace.Features;

/// <summary>
/// Finds a reference model to align to, and principal components of aligned models. Both rest on a sample of the training models that
/// their weights alone decide, and not the order in which they come.
/// </summary>
internal sealed class RawWeightsLearner : FeatureLearner
{
    /// <summary>Models that the reference is chosen from where no components are wanted.</summary>
    private const int ReferenceSample = 32;

    /// <summary>Weights whose products are summed at a time, in double precision.</summary>
    private const int Chunk = 4096;

    /// <summary>Below this share of the largest an eigenvalue is rounding, and has no direction.</summary>
    private const double SmallestEigenvalue = 1e-12;

    private readonly WeightLayout _layout;
    private readonly VectorizeWeightsEstimator.Options _options;
    private readonly ChainAligner? _aligner;
    private readonly PriorityQueue<(ulong Hash, float[] Weights), ulong> _sample = new();
    private readonly int _sampleSize;

    public RawWeightsLearner(WeightLayout layout, VectorizeWeightsEstimator.Options options)
    {
        _layout = layout;
        _options = options;
        _aligner = options.RawWeights.AlignUnits ? new ChainAligner(NetworkChain.Of(layout)) : null;
        _sampleSize = options.RawWeights.Projection == WeightProjection.PrincipalComponents ? VectorizeWeightsEstimator.Options.RawWeightsOptions.MaxPrincipalModels : ReferenceSample;
    }

    public override bool NeedsModels => _options.RawWeights.AlignUnits || _options.RawWeights.Projection == WeightProjection.PrincipalComponents;

    public override void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        // Those of the smallest hashes: a random sample, the same in every order of the rows. The queue gives the largest first.
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(MemoryMarshal.AsBytes(weights)));
        if (_sample.Count == _sampleSize && hash >= _sample.Peek().Hash)
            return;
        float[] copy = weights.ToArray();
        _aligner?.Balance(copy);
        if (_sample.Count < _sampleSize)
            _sample.Enqueue((hash, copy), ~hash);
        else
            _sample.EnqueueDequeue((hash, copy), ~hash);
    }

    public override FeatureBlock Finish()
    {
        float[][] models = [.. _sample.UnorderedItems.Select(item => item.Element).OrderBy(model => model.Hash).Select(model => model.Weights)];
        float[] reference = [], center = [], directions = [];
        if (_aligner is not null)
        {
            // A model of middling length: none that training left half done or blew up.
            reference = (float[])models.OrderBy(model => SumOfSquares(model)).ElementAt(models.Length / 2).Clone();
            foreach (float[] model in models)
                _aligner.Align(model, reference);
        }

        if (_options.RawWeights.Projection == WeightProjection.PrincipalComponents)
            (center, directions) = FindPrincipalDirections(models);
        return new RawWeightsBlock(_layout, reference, _options.RawWeights.Projection, _options.RawWeights.Components, _options.Seed, center, directions);
    }

    /// <summary>From the eigenvectors of the models' Gram matrix, which is small where weights are many; directions beyond its rank are zero.</summary>
    private (float[] Center, float[] Directions) FindPrincipalDirections(float[][] models)
    {
        int n = models.Length, length = _layout.Length;
        double[] center = new double[length], gram = new double[n * n], values = new double[n], vectors = new double[n * n];
        foreach (float[] model in models)
        {
            for (int i = 0; i < length; i++)
                center[i] += (double)model[i] / n;
        }

        double[][] rows = [.. models.Select(_ => new double[Math.Min(Chunk, length)])];
        for (int start = 0; start < length; start += Chunk)
        {
            int count = CopyCentred(models, center, start, rows);
            ParallelLoops.For(n, CancellationToken.None, i =>
            {
                for (int j = i; j < n; j++)
                    gram[(i * n) + j] += TensorPrimitives.Dot<double>(rows[i].AsSpan(0, count), rows[j].AsSpan(0, count));
            });
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                gram[(i * n) + j] = gram[(j * n) + i];
        }

        SymmetricEigen.Decompose(gram, values, vectors, new double[2 * n]);
        // Centred models have rank n - 1 at most.
        int rank = Math.Min(n, _options.RawWeights.Components);
        while (rank > 0 && !(values[rank - 1] > SmallestEigenvalue * values[0]))
            rank--;
        float[] directions = new float[checked(_options.RawWeights.Components * length)];
        double[] sum = new double[Math.Min(Chunk, length)];
        for (int start = 0; start < length; start += Chunk)
        {
            int count = CopyCentred(models, center, start, rows);
            Span<double> part = sum.AsSpan(0, count);
            for (int c = 0; c < rank; c++)
            {
                part.Clear();
                for (int i = 0; i < n; i++)
                    TensorPrimitives.MultiplyAdd(rows[i].AsSpan(0, count), vectors[(c * n) + i] / Math.Sqrt(values[c]), part, part);
                TensorPrimitives.ConvertTruncating<double, float>(part, directions.AsSpan((c * length) + start, count));
            }
        }

        for (int c = 0; c < rank; c++)
            FixSign(directions.AsSpan(c * length, length));
        float[] narrow = new float[length];
        TensorPrimitives.ConvertTruncating<double, float>(center, narrow);
        return (narrow, directions);
    }

    /// <summary>Copies the weights from <paramref name="start"/> on, without their means; gives how many those are.</summary>
    private static int CopyCentred(float[][] models, double[] center, int start, double[][] rows)
    {
        int count = Math.Min(Chunk, center.Length - start);
        for (int i = 0; i < models.Length; i++)
        {
            Span<double> row = rows[i].AsSpan(0, count);
            TensorPrimitives.ConvertTruncating<float, double>(models[i].AsSpan(start, count), row);
            TensorPrimitives.Subtract(row, center.AsSpan(start, count), row);
        }

        return count;
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return sum;
    }

    /// <summary>The largest component of a direction is positive, so that the same models give the same features.</summary>
    private static void FixSign(Span<float> direction)
    {
        if (direction[TensorPrimitives.IndexOfMaxMagnitude<float>(direction)] < 0)
            TensorPrimitives.Negate(direction, direction);
    }
}
