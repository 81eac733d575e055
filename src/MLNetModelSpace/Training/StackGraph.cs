using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// A network of all models of a stack for one number of images: what flows between its layers, forward and back. The weights belong to the <see cref="ModelStack"/>.
/// </summary>
internal sealed class StackGraph : IDisposable
{
    private readonly ModelStack _stack;
    private readonly StackScripts _scripts;
    private readonly List<StackTensor> _memory = [];
    private readonly (NetworkLayer Network, StackLayer Layer, StackFlow Flow)[] _encoder;
    private readonly (NetworkLayer Network, StackLayer Layer, StackFlow Flow)[] _decoder;
    private readonly (StackLayer Mean, StackLayer LogVariance, StackFlow MeanFlow, StackFlow LogVarianceFlow)? _heads;
    private readonly StackTensor? _sigma;
    private readonly StackTensor? _code;
    private readonly StackTensor? _codeSlope;
    private readonly StackTensor? _codeLoss;
    private (StackTensor Values, PerModelSums Sums)? _errors;
    private readonly PerModelSums? _codeSums;

    public StackGraph(ModelStack stack, int images)
    {
        _stack = stack;
        _scripts = stack.Scripts;
        Images = images;
        Network network = stack.Network;
        Input = Create(network.Image.Size);
        Dictionary<NetworkLayer, StackWeights> weights = stack.Weights;
        StackTensor x = Input;
        StackTensor? slope = null;
        _encoder = Chain(network.Encoder, ref x, ref slope);
        if (network.Mean is { } mean && network.LogVariance is { } logVariance)
        {
            var meanFlow = new StackFlow(x, Create(mean.Output.Size), slope, Create(mean.Output.Size));
            var logVarianceFlow = new StackFlow(x, Create(mean.Output.Size), slope, Create(mean.Output.Size));
            _heads = (stack.CreateLayer(mean, images, weights[mean], meanFlow), stack.CreateLayer(logVariance, images, weights[logVariance], logVarianceFlow), meanFlow, logVarianceFlow);
            (Noise, _sigma, _code, _codeSlope, _codeLoss) =
                (Create(mean.Output.Size), Create(mean.Output.Size), Create(mean.Output.Size), Create(mean.Output.Size), Create(mean.Output.Size));
            _codeSums = new PerModelSums(stack, _codeLoss);
            (x, slope) = (_code, _codeSlope);
        }

        _decoder = Chain(network.Decoder, ref x, ref slope);
    }

    public int Images { get; }

    /// <summary>The images, models×(images·pixels); what is to be reconstructed.</summary>
    public StackTensor Input { get; }

    /// <summary>Standard normal numbers, models×(images·latents); null in a plain autoencoder.</summary>
    public StackTensor? Noise { get; }

    /// <summary>The reconstructions of the last pass.</summary>
    public StackTensor Output => _decoder[^1].Flow.Output;

    /// <summary>Reconstructs the input; of a variational autoencoder, from the latents' means.</summary>
    public void Reconstruct()
    {
        Encode();
        if (_heads is { } heads)
        {
            heads.Mean.Forward();
            _code!.Memory.copy_(heads.MeanFlow.Output.Memory);
        }

        Decode(activateLast: true);
    }

    /// <summary>The mean squared error per pixel of the last reconstruction, added to each model's place.</summary>
    /// <param name="total">One double a model.</param>
    public void AddSquaredErrors(Tensor total)
    {
        // The slope's memory is free between steps.
        SquaredErrors(1, total);
    }

    /// <summary>
    /// The gradient by all weights of the mean squared error per pixel of <see cref="Reconstruct"/>; zero by those that reconstruction does not use.
    /// </summary>
    public void BackwardErrors()
    {
        SquaredErrors(Slope, null);
        ActivateBack(_decoder[^1]);
        Backward(_decoder, inputToo: _heads is not null || _encoder.Length > 0, null);
        if (_heads is { } heads)
        {
            heads.MeanFlow.OutputSlope.Memory.copy_(_codeSlope!.Memory);
            heads.Mean.Backward(_encoder.Length > 0 ? InputGradient.Set : InputGradient.None, null);
            StackWeights unused = _stack.Weights[_stack.Network.LogVariance!];
            unused.WeightGradient.Memory.zero_().Dispose();
            unused.BiasGradient.Memory.zero_().Dispose();
        }

        BackwardEncoder(null);
    }

    /// <summary>One pass forward and back of the training loss: reconstruction and, of a variational autoencoder, β times the divergence, both a pixel.</summary>
    /// <param name="loss">What reconstructions are compared by.</param>
    /// <param name="total">Receives the batch's summed loss in each model's place, one double a model.</param>
    /// <param name="optimizer">Steps the weights whose layers can have it done on the way; null for the gradient alone.</param>
    public void Train(ReconstructionLoss loss, Tensor total, StackOptimizer? optimizer)
    {
        Encode();
        int pixels = _stack.Network.Image.Size;
        double weight = _stack.Network.Beta / ((double)pixels * Images);
        if (_heads is { } heads)
        {
            heads.Mean.Forward();
            heads.LogVariance.Forward();
            Tensor mean = heads.MeanFlow.Output.Memory, logVariance = heads.LogVarianceFlow.Output.Memory;
            _scripts.Run("draw", mean, logVariance, Noise!.Memory, _sigma!.Memory, _code!.Memory);
            _scripts.Run("divergence", mean, logVariance, _sigma.Memory, _codeLoss!.Memory);
            _codeSums!.AddTo(total, _stack.Network.Beta / pixels);
        }

        bool entropy = loss == ReconstructionLoss.BinaryCrossEntropy;
        Decode(activateLast: !entropy);
        StackFlow last = _decoder[^1].Flow;
        if (entropy)
        {
            // From the numbers before the logistic function: no logarithm of a zero.
            _scripts.Run("cross_entropy", last.Output.Memory, Input.Memory, last.OutputSlope.Memory, Errors.Values.Memory, Slope / 2);
            Errors.Sums.AddTo(total, 1.0 / pixels);
        }
        else
        {
            SquaredErrors(Slope, total);
            ActivateBack(_decoder[^1]);
        }

        Backward(_decoder, inputToo: _heads is not null || _encoder.Length > 0, optimizer);
        if (_heads is { } latent)
        {
            _scripts.Run(
                "draw_back", _codeSlope!.Memory, latent.MeanFlow.Output.Memory, _sigma!.Memory, Noise!.Memory, latent.MeanFlow.OutputSlope.Memory,
                latent.LogVarianceFlow.OutputSlope.Memory, weight);
            latent.Mean.Backward(_encoder.Length > 0 ? InputGradient.Set : InputGradient.None, optimizer);
            latent.LogVariance.Backward(_encoder.Length > 0 ? InputGradient.Add : InputGradient.None, optimizer);
        }

        BackwardEncoder(optimizer);
    }

    public void Dispose()
    {
        foreach ((_, StackLayer layer, _) in _encoder.Concat(_decoder))
            layer.Dispose();
        if (_heads is { } heads)
        {
            heads.Mean.Dispose();
            heads.LogVariance.Dispose();
        }

        _errors?.Sums.Dispose();
        _codeSums?.Dispose();
        foreach (StackTensor memory in _memory)
            memory.Dispose();
    }

    /// <summary>Of a squared error, for the mean over images and pixels.</summary>
    private double Slope => 2.0 / ((double)Images * _stack.Network.Image.Size);

    /// <summary>Each pixel's loss, where it is not summed on the way.</summary>
    private (StackTensor Values, PerModelSums Sums) Errors
    {
        get
        {
            if (_errors is null)
            {
                StackTensor values = Create(_stack.Network.Image.Size);
                _errors = (values, new PerModelSums(_stack, values));
            }

            return _errors.Value;
        }
    }

    /// <summary>The slope of the squared errors, and their mean per pixel added to each model's place, if that is asked for.</summary>
    private unsafe void SquaredErrors(double slope, Tensor? total)
    {
        StackTensor output = Output, target = _decoder[^1].Flow.OutputSlope;
        double factor = 1.0 / _stack.Network.Image.Size;
        if (_stack.Order == StackOrder.ModelsLast)
        {
            double* unasked = stackalloc double[LaneKernels.Lanes];
            double* sums = total is null ? unasked : (double*)StackTensor.At(total);
            LaneKernels.SquaredErrors(output.Pointer, Input.Pointer, target.Pointer, output.Length * LaneKernels.Lanes, (float)slope, factor, sums);
            return;
        }

        _scripts.Run("squared_error", output.Memory, Input.Memory, target.Memory, Errors.Values.Memory, slope);
        if (total is not null)
            Errors.Sums.AddTo(total, factor);
    }

    private StackTensor Create(int features)
    {
        StackTensor memory = _stack.Create(checked(Images * features));
        _memory.Add(memory);
        return memory;
    }

    private (NetworkLayer Network, StackLayer Layer, StackFlow Flow)[] Chain(IReadOnlyList<NetworkLayer> layers, ref StackTensor x, ref StackTensor? slope)
    {
        var chain = new (NetworkLayer, StackLayer, StackFlow)[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            NetworkLayer layer = layers[i];
            var flow = new StackFlow(x, Create(layer.Output.Size), slope, Create(layer.Output.Size));
            chain[i] = (layer, _stack.CreateLayer(layer, Images, _stack.Weights[layer], flow), flow);
            (x, slope) = (flow.Output, flow.OutputSlope);
        }

        return chain;
    }

    private void Encode()
    {
        foreach ((NetworkLayer network, StackLayer layer, StackFlow flow) in _encoder)
        {
            layer.Forward();
            Activate(network, flow);
        }
    }

    private void Decode(bool activateLast)
    {
        for (int i = 0; i < _decoder.Length; i++)
        {
            _decoder[i].Layer.Forward();
            if (i < _decoder.Length - 1 || activateLast)
                Activate(_decoder[i].Network, _decoder[i].Flow);
        }
    }

    private void Activate(NetworkLayer layer, StackFlow flow)
    {
        if (layer.Activation != HiddenActivation.Identity)
            _scripts.Run("activate", flow.Output.Memory, (int)layer.Activation);
    }

    private void ActivateBack((NetworkLayer Network, StackLayer Layer, StackFlow Flow) step)
    {
        if (step.Network.Activation != HiddenActivation.Identity)
            _scripts.Run("activate_back", step.Flow.Output.Memory, step.Flow.OutputSlope.Memory, (int)step.Network.Activation);
    }

    /// <summary>From the slope behind the last layer's activation, which has been taken back already, to the first layer's input.</summary>
    private void Backward((NetworkLayer Network, StackLayer Layer, StackFlow Flow)[] chain, bool inputToo, StackOptimizer? optimizer)
    {
        for (int i = chain.Length - 1; i >= 0; i--)
        {
            chain[i].Layer.Backward(i > 0 || inputToo ? InputGradient.Set : InputGradient.None, optimizer);
            if (i > 0)
                ActivateBack(chain[i - 1]);
        }
    }

    private void BackwardEncoder(StackOptimizer? optimizer)
    {
        if (_encoder.Length == 0)
            return;
        ActivateBack(_encoder[^1]);
        Backward(_encoder, inputToo: false, optimizer);
    }

    /// <summary>Sums of a tensor's numbers, model by model, each in an order that does not depend on the others.</summary>
    private sealed class PerModelSums : IDisposable
    {
        private readonly StackScripts _scripts;
        private readonly Tensor _row;
        private readonly Tensor _values;
        private readonly int _terms;

        public PerModelSums(ModelStack stack, StackTensor values)
        {
            _scripts = stack.Scripts;
            _row = zeros(stack.Slots, float32, stack.Device);
            (_values, _terms) = stack.Order == StackOrder.ModelsLast ? (values.Lanes(), 0) : (values.Stacked(values.Length), 1);
        }

        public void AddTo(Tensor total, double factor) => _scripts.Run("sums", _values, _terms, _row, total, factor);

        public void Dispose()
        {
            _row.Dispose();
            _values.Dispose();
        }
    }
}
