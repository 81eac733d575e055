using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>Learns the range of each tensor's histogram: the least and the largest value of the training models.</summary>
internal sealed class HistogramLearner : FeatureLearner
{
    private readonly WeightLayout _layout;
    private readonly int[] _tensors;
    private readonly int _bins;
    private readonly float[] _minimum;
    private readonly float[] _maximum;

    public HistogramLearner(WeightLayout layout, int[] tensors, int bins)
    {
        _layout = layout;
        _tensors = tensors;
        _bins = bins;
        _minimum = new float[tensors.Length];
        _maximum = new float[tensors.Length];
        Array.Fill(_minimum, float.PositiveInfinity);
        Array.Fill(_maximum, float.NegativeInfinity);
    }

    public override bool NeedsModels => true;

    public override void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        for (int i = 0; i < _tensors.Length; i++)
        {
            ReadOnlySpan<float> values = _layout.Slice(weights, _tensors[i]);
            _minimum[i] = Math.Min(_minimum[i], TensorPrimitives.Min(values));
            _maximum[i] = Math.Max(_maximum[i], TensorPrimitives.Max(values));
        }
    }

    public override FeatureBlock Finish() => new LayerBlock(_layout, _tensors, new HistogramFeatures(_bins, _minimum, _maximum));
}
