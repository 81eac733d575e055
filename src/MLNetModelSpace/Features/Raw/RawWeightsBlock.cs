using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MLNetModelSpace.Features;

/// <summary>
/// The weights themselves, aligned to a reference model where that is wanted, one by one or projected. With alignment invariant
/// under permutation and positive scaling of hidden units, where no two units tie.
/// </summary>
internal sealed class RawWeightsBlock : FeatureBlock
{
    private readonly WeightLayout _layout;
    private readonly NetworkChain? _chain;
    private readonly float[] _reference;
    private readonly WeightProjection _projection;
    private readonly int _components;
    private readonly int _seed;
    private readonly float[] _center;
    private readonly float[] _directions;
    private readonly string[] _slots;

    /// <param name="layout">The layout.</param>
    /// <param name="reference">Balanced weights of the model to align to; empty for no alignment.</param>
    /// <param name="projection">What becomes of the weights.</param>
    /// <param name="components">Numbers a projection gives.</param>
    /// <param name="seed">Of a random projection.</param>
    /// <param name="center">Subtracted before principal components; else empty.</param>
    /// <param name="directions">Principal directions, row by row; else empty.</param>
    public RawWeightsBlock(
        WeightLayout layout, float[] reference, WeightProjection projection, int components, int seed, float[] center, float[] directions)
    {
        _layout = layout;
        _chain = reference.Length > 0 ? NetworkChain.Of(layout) : null;
        _reference = reference;
        _projection = projection;
        _components = components;
        _seed = seed;
        _center = center;
        _directions = projection == WeightProjection.Random ? Draw(layout.Length, components, seed) : directions;
        _slots = [.. NameSlots()];
    }

    public override WeightFeatures Family => WeightFeatures.RawWeights;

    public override IReadOnlyList<string> Slots => _slots;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(this);

    public override void Write(BinaryWriter writer)
    {
        ModelContent.WriteFloats(writer, _reference);
        writer.Write((int)_projection);
        writer.Write(_components);
        writer.Write(_seed);
        ModelContent.WriteFloats(writer, _center);
        ModelContent.WriteFloats(writer, _projection == WeightProjection.PrincipalComponents ? _directions : []);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static RawWeightsBlock Read(BinaryReader reader, WeightLayout layout)
    {
        float[] reference = ModelContent.ReadFloats(reader, "reference model", layout.Length);
        var projection = (WeightProjection)ModelContent.ReadCount(reader, "projection", 0, (int)WeightProjection.Random);
        int components = ModelContent.ReadCount(reader, "components", 1, VectorizeWeightsEstimator.Options.RawWeightsOptions.MaxComponents);
        int seed = reader.ReadInt32();
        float[] center = ModelContent.ReadFloats(reader, "center", layout.Length);
        float[] directions = ModelContent.ReadFloats(reader, "principal directions", (int)Math.Min(int.MaxValue / sizeof(float), (long)components * layout.Length));
        bool principal = projection == WeightProjection.PrincipalComponents;
        if ((reference.Length > 0 && reference.Length != layout.Length)
            || center.Length != (principal ? layout.Length : 0) || directions.Length != (principal ? components * layout.Length : 0))
        {
            throw new InvalidDataException($"The projection of raw weights has {center.Length} and {directions.Length} values, which do not fit {layout}.");
        }

        return new RawWeightsBlock(layout, reference, projection, components, seed, center, directions);
    }

    private static float[] Draw(int length, int count, int seed)
    {
        var random = new SplitMix(seed);
        float[] directions = new float[checked(length * count)];
        double scale = 1 / Math.Sqrt(count);
        for (int i = 0; i < directions.Length; i++)
            directions[i] = (float)(random.NextGaussian() * scale);
        return directions;
    }

    private IEnumerable<string> NameSlots()
    {
        if (_projection != WeightProjection.None)
        {
            string name = _projection == WeightProjection.Random ? "random" : "principal";
            return Enumerable.Range(1, _components).Select(i => $"weights {name}{i}");
        }

        return _layout.Tensors.SelectMany(tensor => Enumerable.Range(0, tensor.Length).Select(i => $"{tensor.Name}[{Place(tensor, i)}]"));
    }

    private static string Place(TensorLayout tensor, int index)
    {
        int[] place = new int[tensor.Rank];
        for (int d = tensor.Rank - 1; d >= 0; d--)
            (index, place[d]) = Math.DivRem(index, tensor.Shape[d]);
        return string.Join(',', place);
    }

    private sealed class Evaluator(RawWeightsBlock block) : VectorEvaluator
    {
        private readonly ChainAligner? _aligner = block._chain is null ? null : new ChainAligner(block._chain);
        private readonly float[] _weights = new float[block._layout.Length];

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            weights[.._weights.Length].CopyTo(_weights);
            _aligner?.Balance(_weights);
            _aligner?.Align(_weights, block._reference);
            if (block._projection == WeightProjection.None)
            {
                _weights.CopyTo(destination);
                return;
            }

            if (block._center.Length > 0)
                TensorPrimitives.Subtract(_weights, block._center, _weights);
            for (int i = 0; i < destination.Length; i++)
            {
                float along = TensorPrimitives.Dot<float>(_weights, block._directions.AsSpan(i * _weights.Length, _weights.Length));
                destination[i] = float.IsNaN(along) ? 0 : Math.Clamp(along, float.MinValue, float.MaxValue);
            }
        }
    }
}

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
        weights = weights[.._layout.Length];
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
        return new RawWeightsBlock(_layout, reference, _options.RawWeights.Projection, _options.RawWeights.Components, _options.SeedOrZero, center, directions);
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
