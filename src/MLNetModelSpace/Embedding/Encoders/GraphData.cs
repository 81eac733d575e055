using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace.Embedding;

/// <summary>The graphs of all training models: one tensor a part, [models×nodes×features], each part of unit mean square.</summary>
internal sealed class GraphData : IDisposable
{
    private readonly Tensor[] _parts;

    private GraphData(Tensor[] parts, float[] scales, int count)
    {
        _parts = parts;
        Scales = scales;
        Count = count;
    }

    public int Count { get; }

    /// <summary>What each part was multiplied by.</summary>
    public float[] Scales { get; }

    public static GraphData Make(ModelGraph graph, ColumnMatrix weights)
    {
        var tensors = new Tensor[graph.Parts.Count];
        float[] scales = new float[tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            GraphPart part = graph.Parts[i];
            int size = part.Nodes * part.Features;
            float[] values = new float[checked(weights.Rows * size)];
            for (int row = 0; row < weights.Rows; row++)
                graph.Copy(weights[row], part, values.AsSpan(row * size, size));
            double square = 0;
            for (int row = 0; row < weights.Rows; row++)
                square += TensorPrimitives.SumOfSquares<float>(values.AsSpan(row * size, size));
            double root = Math.Sqrt(square / values.Length);
            scales[i] = root > 0 ? (float)(1 / root) : 1;
            TensorPrimitives.Multiply(values, scales[i], values);
            tensors[i] = NativeTensors.Of(values, weights.Rows, part.Nodes, part.Features).DetachFromDisposeScope();
        }

        return new GraphData(tensors, scales, weights.Rows);
    }

    public Tensor[] Select(Tensor rows) => Array.ConvertAll(_parts, part => part.index_select(0, rows));

    public void Dispose()
    {
        foreach (Tensor part in _parts)
            part.Dispose();
    }
}

/// <summary>The graphs of several models of one layout, scaled as in training. Each model's part begins on a cache line. Used by one thread at a time.</summary>
internal sealed class GraphStack : IDisposable
{
    private readonly ModelGraph _graph;
    private readonly float[] _scales;
    private readonly StackTensor[] _memory;
    private readonly Tensor[] _all;
    private Tensor[] _some = [];
    private int _models;

    /// <param name="layout">Of the models.</param>
    /// <param name="models">The most at a time.</param>
    /// <param name="scales">What each part is multiplied by.</param>
    public GraphStack(WeightLayout layout, int models, float[] scales)
    {
        _graph = new ModelGraph(NetworkChain.Of(layout));
        _scales = scales;
        (_memory, _all) = TorchScope.Keep(() =>
        {
            StackTensor[] memory =
                [.. _graph.Parts.Select(part => new StackTensor(StackOrder.ModelsFirst, models, part.Nodes * part.Features, TorchSharp.torch.CPU))];
            return (memory, memory.Select((values, i) => values.Stacked(_graph.Parts[i].Nodes, _graph.Parts[i].Features)).ToArray());
        });
    }

    /// <summary>Parts of the models, each [models×nodes×features].</summary>
    public IReadOnlyList<Tensor> Parts => _some;

    /// <summary>Takes the place of the models before.</summary>
    public void Load(IReadOnlyList<ModelRow> models)
    {
        for (int i = 0; i < _memory.Length; i++)
        {
            for (int model = 0; model < models.Count; model++)
            {
                Span<float> values = _memory[i].Model(model);
                _graph.Copy(models[model].Weights, _graph.Parts[i], values);
                TensorPrimitives.Multiply(values, _scales[i], values);
            }
        }

        if (_models == models.Count)
            return;
        Release();
        _models = models.Count;
        _some = TorchScope.Keep(() => Array.ConvertAll(_all, part => part.narrow(0, 0, _models)));
    }

    public void Dispose()
    {
        Release();
        foreach (Tensor part in _all)
            part.Dispose();
        foreach (StackTensor memory in _memory)
            memory.Dispose();
    }

    private void Release()
    {
        foreach (Tensor part in _some)
            part.Dispose();
    }
}

/// <summary>Reads weights of one layout, and the shares beside them.</summary>
internal static class GraphRows
{
    public static (WeightLayout Layout, ColumnMatrix Weights, ColumnMatrix Shares) Read(
        IDataView data, string weightsName, string layoutsName, WeightLayout? otherwise, string sharesName, CancellationToken cancellation)
    {
        WeightsInput input = WeightsInput.Resolve(data.Schema, weightsName, layoutsName, otherwise);
        DataViewSchema.Column shares = SchemaErrors.RequireFloatVector(data.Schema, sharesName, knownSize: false, "shares");
        var weightValues = new List<float>();
        WeightLayout? layout = null;
        int rows = 0;
        using DataViewRowCursor cursor = data.GetRowCursor([.. input.Columns, shares]);
        WeightsReader reader = input.CreateReader(cursor);
        var shareReader = new ColumnMatrix.Reader(cursor, shares);
        for (; cursor.MoveNext(); rows++)
        {
            cancellation.ThrowIfCancellationRequested();
            weightValues.AddRange(reader.Read(out WeightLayout found));
            if (layout is not null && !WeightsInput.Matches(found, layout))
                throw new InvalidDataException($"Row {rows} of column '{weightsName}' is of {found}; row 0 is of {layout}. A graph network reads one layout.");
            layout ??= found;
            shareReader.Append();
        }

        if (layout is null)
            throw new InvalidDataException($"There are no rows to read '{weightsName}' from.");
        return (layout, ColumnMatrix.FromFlat([.. weightValues], rows, layout.Length), shareReader.ToMatrix());
    }
}
