using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetModelSpace.Embedding;

/// <summary>The graphs of all training models: one tensor a block, [models×nodes×features], each block of unit mean square.</summary>
internal sealed class GraphData : IDisposable
{
    private readonly Tensor[] _blocks;

    private GraphData(Tensor[] blocks, float[] scales, int count)
    {
        _blocks = blocks;
        Scales = scales;
        Count = count;
    }

    public int Count { get; }

    /// <summary>What each block was multiplied by.</summary>
    public float[] Scales { get; }

    public static GraphData Make(ModelGraph graph, ColumnMatrix weights)
    {
        var tensors = new Tensor[graph.Blocks.Count];
        float[] scales = new float[tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            GraphBlock block = graph.Blocks[i];
            int size = block.Nodes * block.Features;
            float[] values = new float[checked(weights.Rows * size)];
            for (int row = 0; row < weights.Rows; row++)
                graph.Copy(weights[row], block, values.AsSpan(row * size, size));
            double square = 0;
            for (int row = 0; row < weights.Rows; row++)
                square += TensorPrimitives.SumOfSquares<float>(values.AsSpan(row * size, size));
            double root = Math.Sqrt(square / values.Length);
            scales[i] = root > 0 ? (float)(1 / root) : 1;
            TensorPrimitives.Multiply(values, scales[i], values);
            tensors[i] = NativeTensors.Of(values, weights.Rows, block.Nodes, block.Features).DetachFromDisposeScope();
        }

        return new GraphData(tensors, scales, weights.Rows);
    }

    public Tensor[] Select(Tensor rows) => Array.ConvertAll(_blocks, block => block.index_select(0, rows));

    public void Dispose()
    {
        foreach (Tensor block in _blocks)
            block.Dispose();
    }
}
