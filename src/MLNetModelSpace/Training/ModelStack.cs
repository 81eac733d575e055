using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// The weights of several models of one network, run and trained in one tensor program: on the CPU with the models side by side (<see cref="LaneStackLayer"/>), elsewhere
/// by libtorch's batched products. The numbers of a model depend neither on the others nor on its place. Used by one thread at a
/// time, which runs libtorch on one thread of its own.
/// </summary>
internal sealed class ModelStack : IDisposable
{
    private readonly NetworkLayer[] _layers;
    private readonly StackTensor[] _values;
    private readonly StackTensor[] _gradients;
    private readonly Dictionary<int, StackGraph> _graphs = [];

    /// <summary>Makes room for the models, their weights zero.</summary>
    /// <param name="network">What they are.</param>
    /// <param name="models">How many, at least 1.</param>
    /// <param name="device">Where they live.</param>
    /// <param name="scripts">Of this thread.</param>
    /// <param name="order">How they lie; null for what suits network and device.</param>
    public ModelStack(Network network, int models, Device device, StackScripts scripts, StackOrder? order = null)
    {
        Network = network;
        Device = device;
        Scripts = scripts;
        Order = order ?? OrderFor(device);
        Models = models;
        Slots = Order == StackOrder.ModelsLast ? LaneKernels.Lanes : models;
        _layers = [.. network.Layers];
        int[] lengths = [.. network.Tensors.Select(tensor => tensor.Length)];
        Values = Allocate(lengths, out _values);
        Gradients = Allocate(lengths, out _gradients);
        Weights = [];
        for (int i = 0; i < _layers.Length; i++)
            Weights.Add(_layers[i], new StackWeights(_values[2 * i], _values[(2 * i) + 1], _gradients[2 * i], _gradients[(2 * i) + 1]));
    }

    public Network Network { get; }

    public Device Device { get; }

    public StackScripts Scripts { get; }

    public StackOrder Order { get; }

    /// <summary>How many models there are.</summary>
    public int Models { get; }

    /// <summary>How many there is room for.</summary>
    public int Slots { get; }

    /// <summary>All weights, tensor by tensor.</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients, laid out like them.</summary>
    public Tensor Gradients { get; }

    public Dictionary<NetworkLayer, StackWeights> Weights { get; }

    /// <summary>How models lie best on that device: side by side where there are registers of ours to hold them, else one after another.</summary>
    public static StackOrder OrderFor(Device device) => device.type == DeviceType.CPU ? StackOrder.ModelsLast : StackOrder.ModelsFirst;

    /// <summary>The network for that many images at a time; made once.</summary>
    public StackGraph For(int images)
    {
        if (!_graphs.TryGetValue(images, out StackGraph? graph))
            _graphs.Add(images, graph = new StackGraph(this, images));
        return graph;
    }

    /// <summary>Sets one model's weights, in <c>state_dict</c> order.</summary>
    public void SetWeights(int model, ReadOnlySpan<float> weights)
    {
        foreach (StackTensor tensor in _values)
        {
            tensor.Write(model, weights[..tensor.Length]);
            weights = weights[tensor.Length..];
        }
    }

    /// <summary>Sets the weights of as many models as there are lanes, in <c>state_dict</c> order; the models lie side by side.</summary>
    public unsafe void SetWeights(float[][] weights)
    {
        float** rows = stackalloc float*[LaneKernels.Lanes];
        var pins = new System.Buffers.MemoryHandle[LaneKernels.Lanes];
        try
        {
            for (int lane = 0; lane < pins.Length; lane++)
            {
                pins[lane] = weights[lane].AsMemory().Pin();
                rows[lane] = (float*)pins[lane].Pointer;
            }

            foreach (StackTensor tensor in _values)
            {
                LaneKernels.Interleave(rows, tensor.Pointer, tensor.Length);
                for (int lane = 0; lane < pins.Length; lane++)
                    rows[lane] += tensor.Length;
            }
        }
        finally
        {
            foreach (System.Buffers.MemoryHandle pin in pins)
                pin.Dispose();
        }
    }

    /// <summary>Copies one model's weights out, in <c>state_dict</c> order.</summary>
    public void GetWeights(int model, Span<float> weights) => Read(_values, model, weights);

    /// <summary>Copies one model's gradient out, in <c>state_dict</c> order.</summary>
    public void GetGradient(int model, Span<float> gradient) => Read(_gradients, model, gradient);

    /// <summary>A stack's numbers of their own, zero.</summary>
    public StackTensor Create(int length) => new(Order, Slots, length, Device);

    public StackLayer CreateLayer(NetworkLayer layer, int images, StackWeights weights, StackFlow flow) =>
        Order == StackOrder.ModelsLast ? new LaneStackLayer(layer, images, weights, flow)
        : layer.Kind == LayerKind.Linear ? new LinearStackLayer(Scripts, layer, images, weights, flow)
        : new UnfoldedStackLayer(layer, images, weights, flow);

    public void Dispose()
    {
        foreach (StackGraph graph in _graphs.Values)
            graph.Dispose();
        foreach (StackTensor tensor in _values.Concat(_gradients))
            tensor.Dispose();
        Values.Dispose();
        Gradients.Dispose();
    }

    private static void Read(StackTensor[] tensors, int model, Span<float> numbers)
    {
        foreach (StackTensor tensor in tensors)
        {
            tensor.Read(model, numbers[..tensor.Length]);
            numbers = numbers[tensor.Length..];
        }
    }

    private Tensor Allocate(int[] lengths, out StackTensor[] parts)
    {
        Tensor memory = zeros(lengths.Sum(length => StackTensor.SizeOf(Order, Slots, length)), float32, Device);
        parts = new StackTensor[lengths.Length];
        long at = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            long size = StackTensor.SizeOf(Order, Slots, lengths[i]);
            parts[i] = new StackTensor(memory.narrow(0, at, size), Order, Slots, lengths[i]);
            at += size;
        }

        return memory;
    }
}
