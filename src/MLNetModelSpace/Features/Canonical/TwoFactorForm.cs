using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// A network as two factors about its first hidden layer: what each hidden unit reads (a row of E) and what it writes in the end
/// (a row of Dᵀ, the product of all later layers, with kernels between the first and the last summed over their taps), so that
/// D·E is the composed linear map. For a convolutional network the inputs and outputs are the taps of the first and the last
/// kernel, and D·E is the sum over channels of the outer products of encoder and decoder kernels. Permuting hidden units permutes
/// rows; scaling a unit's input by s scales its output row by 1/s; other hidden layers do not show. Owns its buffers.
/// </summary>
internal sealed class TwoFactorForm
{
    private readonly NetworkChain _chain;
    private readonly double[] _incoming;
    private double[] _outgoing;
    private double[] _spare;
    private readonly double[] _sums;
    private readonly double[] _offset;
    private double[] _state;
    private double[] _nextState;
    private float[]? _prepared;

    public TwoFactorForm(NetworkChain chain)
    {
        _chain = chain;
        ChainLayer first = chain.Layers[0], last = chain.Layers[^1];
        Units = first.Outputs;
        Inputs = first.Inputs * first.Taps;
        Outputs = last.Outputs * last.Taps;
        int widest = chain.Layers.Skip(1).Max(layer => layer.Inputs);
        _incoming = new double[checked(Units * Inputs)];
        _outgoing = new double[checked(widest * Outputs)];
        _spare = chain.Layers.Count > 2 ? new double[widest * Outputs] : [];
        _sums = new double[chain.Layers.Skip(1).SkipLast(1).Select(layer => layer.Inputs * layer.Outputs).DefaultIfEmpty(0).Max()];
        _offset = new double[Outputs];
        Biases = new double[Units];
        _state = new double[widest];
        _nextState = new double[widest];
    }

    /// <summary>Hidden units of the first layer.</summary>
    public int Units { get; }

    /// <summary>Numbers each of them reads.</summary>
    public int Inputs { get; }

    /// <summary>Numbers each of them writes.</summary>
    public int Outputs { get; }

    /// <summary>The biases of the hidden units; zeros where there are none.</summary>
    public double[] Biases { get; }

    /// <summary>What biases add to the output: exact for a linear network (its last bias included), else the sum over hidden units of bias times output.</summary>
    public ReadOnlySpan<double> Offset => _offset;

    /// <summary>A row of E.</summary>
    public Span<double> Incoming(int unit) => _incoming.AsSpan(unit * Inputs, Inputs);

    /// <summary>A row of Dᵀ.</summary>
    public Span<double> Outgoing(int unit) => _outgoing.AsSpan(unit * Outputs, Outputs);

    /// <summary>All of E, row by row.</summary>
    public ReadOnlySpan<double> AllIncoming => _incoming;

    /// <summary>All of Dᵀ, row by row.</summary>
    public ReadOnlySpan<double> AllOutgoing => _outgoing.AsSpan(0, Units * Outputs);

    /// <summary>Computes the form of one model.</summary>
    /// <returns>The weights in the chain's own layout; valid until the next call.</returns>
    public ReadOnlySpan<float> Compute(ReadOnlySpan<float> weights)
    {
        weights = _chain.Prepare(weights, ref _prepared);
        IReadOnlyList<ChainLayer> layers = _chain.Layers;
        layers[0].CopyIncoming(Slice(weights, layers[0].Weight), _incoming);
        CopyBiases(weights, layers[0], Biases);
        layers[^1].CopyOutgoing(Slice(weights, layers[^1].Weight), _outgoing);
        ComputeOffset(weights, layers);
        for (int l = layers.Count - 2; l > 0; l--)
        {
            ChainLayer layer = layers[l];
            layer.SumTaps(Slice(weights, layer.Weight), _sums);
            Span<double> product = _spare.AsSpan(0, layer.Inputs * Outputs);
            product.Clear();
            for (int i = 0; i < layer.Inputs; i++)
            {
                for (int o = 0; o < layer.Outputs; o++)
                    AddScaled(_outgoing.AsSpan(o * Outputs, Outputs), _sums[(i * layer.Outputs) + o], product.Slice(i * Outputs, Outputs));
            }

            (_outgoing, _spare) = (_spare, _outgoing);
        }

        return weights;
    }

    /// <summary>Scales each unit so that what it reads and what it writes are equally long, and gives its strength, the product of both lengths.</summary>
    public void Balance(Span<double> strengths)
    {
        for (int unit = 0; unit < Units; unit++)
        {
            double reads = TensorPrimitives.Norm<double>(Incoming(unit)), writes = TensorPrimitives.Norm<double>(Outgoing(unit));
            strengths[unit] = reads * writes;
            if (reads == 0 || writes == 0)
                continue;
            double scale = Math.Sqrt(writes / reads);
            TensorPrimitives.Multiply(Incoming(unit), scale, Incoming(unit));
            TensorPrimitives.Multiply(Outgoing(unit), 1 / scale, Outgoing(unit));
            Biases[unit] *= scale;
        }
    }

    /// <summary>target += factor·row.</summary>
    public static void AddScaled(ReadOnlySpan<double> row, double factor, Span<double> target) =>
        TensorPrimitives.MultiplyAdd(row, factor, target, target);

    private void ComputeOffset(ReadOnlySpan<float> weights, IReadOnlyList<ChainLayer> layers)
    {
        Biases.CopyTo(_state, 0);
        for (int l = 1; l < layers.Count - 1; l++)
        {
            ChainLayer layer = layers[l];
            layer.SumTaps(Slice(weights, layer.Weight), _sums);
            CopyBiases(weights, layer, _nextState);
            for (int i = 0; i < layer.Inputs; i++)
                AddScaled(_sums.AsSpan(i * layer.Outputs, layer.Outputs), _state[i], _nextState.AsSpan(0, layer.Outputs));
            (_state, _nextState) = (_nextState, _state);
        }

        ChainLayer last = layers[^1];
        if (last.Kind == ChainLayerKind.Linear)
            CopyBiases(weights, last, _offset);
        else
            _offset.AsSpan().Clear();
        for (int i = 0; i < last.Inputs; i++)
            AddScaled(_outgoing.AsSpan(i * Outputs, Outputs), _state[i], _offset);
    }

    private void CopyBiases(ReadOnlySpan<float> weights, ChainLayer layer, Span<double> destination)
    {
        Span<double> target = destination[..layer.Outputs];
        if (layer.Bias < 0)
            target.Clear();
        else if (layer.Kind == ChainLayerKind.Unflattening)
            AverageBiases(Slice(weights, layer.Bias), layer.Taps, target);
        else
            TensorPrimitives.ConvertTruncating<float, double>(Slice(weights, layer.Bias), target);
    }

    private static void AverageBiases(ReadOnlySpan<float> biases, int taps, Span<double> means)
    {
        for (int i = 0; i < means.Length; i++)
            means[i] = TensorPrimitives.Sum(biases.Slice(i * taps, taps)) / taps;
    }

    private ReadOnlySpan<float> Slice(ReadOnlySpan<float> weights, int tensor) => _chain.Layout.Slice(weights, tensor);
}
