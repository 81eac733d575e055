using System.Numerics.Tensors;

namespace MLNetModelSpace;

/// <summary>Takes the first training model as the reference, and principal components from the first so many aligned ones.</summary>
internal sealed class RawWeightsLearner : FeatureLearner
{
    private readonly WeightLayout _layout;
    private readonly VectorizeWeightsEstimator.Options _options;
    private readonly ChainAligner? _aligner;
    private readonly List<float[]> _models = [];
    private float[]? _reference;

    public RawWeightsLearner(WeightLayout layout, VectorizeWeightsEstimator.Options options)
    {
        _layout = layout;
        _options = options;
        _aligner = options.AlignUnits ? new ChainAligner(NetworkChain.Of(layout)) : null;
    }

    public override bool NeedsModels => _options.AlignUnits || _options.Projection == WeightProjection.PrincipalComponents;

    public override void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        bool wanted = _options.Projection == WeightProjection.PrincipalComponents
            && _models.Count < VectorizeWeightsEstimator.Options.MaxPrincipalModels;
        if (_reference is not null && !wanted)
            return;
        float[] copy = weights.ToArray();
        _aligner?.Balance(copy);
        _reference ??= (float[])copy.Clone();
        _aligner?.Align(copy, _reference);
        if (wanted)
            _models.Add(copy);
    }

    public override FeatureBlock Finish()
    {
        float[] center = [], directions = [];
        if (_options.Projection == WeightProjection.PrincipalComponents)
            (center, directions) = FindPrincipalDirections();
        return new RawWeightsBlock(
            _layout, _options.AlignUnits ? _reference! : [], _options.Projection, _options.Components, _options.Seed, center, directions);
    }

    /// <summary>From the eigenvectors of the models' Gram matrix, which is small where weights are many; directions beyond its rank are zero.</summary>
    private (float[] Center, float[] Directions) FindPrincipalDirections()
    {
        int n = _models.Count, length = _layout.Length;
        float[] center = new float[length];
        foreach (float[] model in _models)
            TensorPrimitives.MultiplyAdd(model, 1f / n, center, center);
        foreach (float[] model in _models)
            TensorPrimitives.Subtract(model, center, model);
        double[] gram = new double[n * n], values = new double[n], vectors = new double[n * n];
        Parallel.For(0, n, i =>
        {
            for (int j = i; j < n; j++)
                gram[(i * n) + j] = gram[(j * n) + i] = TensorPrimitives.Dot<float>(_models[i], _models[j]);
        });
        SymmetricEigen.Decompose(gram, values, vectors, new double[2 * n]);
        float[] directions = new float[checked(_options.Components * length)];
        for (int c = 0; c < Math.Min(n, _options.Components); c++)
        {
            // Centred models have rank n - 1 at most; below rounding an eigenvalue has no direction.
            if (values[c] <= 1e-6 * values[0])
                break;
            Span<float> direction = directions.AsSpan(c * length, length);
            for (int i = 0; i < n; i++)
                TensorPrimitives.MultiplyAdd(_models[i], (float)(vectors[(c * n) + i] / Math.Sqrt(values[c])), direction, direction);
            FixSign(direction);
        }

        return (center, directions);
    }

    /// <summary>The largest component of a direction is positive, so that the same models give the same features.</summary>
    private static void FixSign(Span<float> direction)
    {
        if (direction[TensorPrimitives.IndexOfMaxMagnitude<float>(direction)] < 0)
            TensorPrimitives.Negate(direction, direction);
    }
}
