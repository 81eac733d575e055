using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>A message-passing network in training, over graphs that stay in memory.</summary>
internal sealed class GraphNetwork : EmbeddingNetwork
{
    private const int PoolBatch = 64;

    private readonly MessagePassing _function;
    private readonly GraphData _data;
    private readonly Tensor _mean;
    private readonly Tensor _scale;

    public GraphNetwork(Generator generator, MessagePassing function, GraphData data)
    {
        _function = function;
        _data = data;
        foreach ((long[] shape, long fanIn) in function.ParameterShapes)
            Uniform(generator, 1 / Math.Sqrt(fanIn), shape);
        Standardization = FitPool();
        _mean = NativeTensors.Of(Standardization.Mean, Standardization.Count).DetachFromDisposeScope();
        _scale = NativeTensors.Of(Standardization.Scale, Standardization.Count).DetachFromDisposeScope();
    }

    /// <summary>
    /// What sums are standardised with: fitted on the training models before the first step and fixed from then on, so that the
    /// perceptron begins with inputs of one size, whatever the size of the network.
    /// </summary>
    public Standardization Standardization { get; }

    public override Tensor Forward(Tensor rows) =>
        _function.Head(Parameters, (_function.Pool(Parameters, _data.Select(rows)) - _mean) * _scale);

    public override void Dispose()
    {
        _mean.Dispose();
        _scale.Dispose();
        base.Dispose();
    }

    private Standardization FitPool()
    {
        using IDisposable inference = no_grad();
        float[] sums = new float[_data.Count * _function.Pooled];
        for (int start = 0; start < _data.Count; start += PoolBatch)
        {
            using var scope = NewDisposeScope();
            int end = Math.Min(start + PoolBatch, _data.Count);
            Tensor pooled = _function.Pool(Parameters, _data.Select(arange(start, end, int64, CPU)));
            pooled.data<float>().ToArray().CopyTo(sums.AsSpan(start * _function.Pooled, (end - start) * _function.Pooled));
        }

        return Standardization.Fit(ColumnMatrix.FromFlat(sums, _data.Count, _function.Pooled));
    }
}
