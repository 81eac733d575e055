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
    private readonly StackTensor _loss;
    private readonly PerModelSums _lossSums;
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
        _loss = Create(network.Image.Size);
        _lossSums = new PerModelSums(stack, _loss);
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
        _scripts.Run("squared_error", Output.Memory, Input.Memory, _decoder[^1].Flow.OutputSlope.Memory, _loss.Memory, 1.0);
        _lossSums.AddTo(total, 1.0 / _stack.Network.Image.Size);
    }

    /// <summary>
    /// The gradient by all weights of the mean squared error per pixel of <see cref="Reconstruct"/>; zero by those that reconstruction does not use.
    /// </summary>
    public void BackwardErrors()
    {
        StackFlow last = _decoder[^1].Flow;
        _scripts.Run("squared_error", Output.Memory, Input.Memory, last.OutputSlope.Memory, _loss.Memory, Slope);
        ActivateBack(_decoder[^1]);
        Backward(_decoder, inputToo: _heads is not null || _encoder.Length > 0);
        if (_heads is { } heads)
        {
            heads.MeanFlow.OutputSlope.Memory.copy_(_codeSlope!.Memory);
            heads.Mean.BackwardWeights();
            StackWeights unused = _stack.Weights[_stack.Network.LogVariance!];
            unused.WeightGradient.Memory.zero_().Dispose();
            unused.BiasGradient.Memory.zero_().Dispose();
            if (_encoder.Length > 0)
                heads.Mean.BackwardInput(add: false);
        }

        BackwardEncoder();
    }

    /// <summary>One pass forward and back of the training loss: reconstruction and, of a variational autoencoder, β times the divergence, both a pixel.</summary>
    /// <param name="loss">What reconstructions are compared by.</param>
    /// <param name="total">Receives the batch's summed loss in each model's place, one double a model.</param>
    public void Train(ReconstructionLoss loss, Tensor total)
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
            _scripts.Run("cross_entropy", last.Output.Memory, Input.Memory, last.OutputSlope.Memory, _loss.Memory, Slope / 2);
        }
        else
        {
            _scripts.Run("squared_error", last.Output.Memory, Input.Memory, last.OutputSlope.Memory, _loss.Memory, Slope);
            ActivateBack(_decoder[^1]);
        }

        _lossSums.AddTo(total, 1.0 / pixels);
        Backward(_decoder, inputToo: _heads is not null || _encoder.Length > 0);
        if (_heads is { } latent)
        {
            _scripts.Run(
                "draw_back", _codeSlope!.Memory, latent.MeanFlow.Output.Memory, _sigma!.Memory, Noise!.Memory, latent.MeanFlow.OutputSlope.Memory,
                latent.LogVarianceFlow.OutputSlope.Memory, weight);
            latent.Mean.BackwardWeights();
            latent.LogVariance.BackwardWeights();
            if (_encoder.Length > 0)
            {
                latent.Mean.BackwardInput(add: false);
                latent.LogVariance.BackwardInput(add: true);
            }
        }

        BackwardEncoder();
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

        _lossSums.Dispose();
        _codeSums?.Dispose();
        foreach (StackTensor memory in _memory)
            memory.Dispose();
    }

    /// <summary>Of a squared error, for the mean over images and pixels.</summary>
    private double Slope => 2.0 / ((double)Images * _stack.Network.Image.Size);

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
    private void Backward((NetworkLayer Network, StackLayer Layer, StackFlow Flow)[] chain, bool inputToo)
    {
        for (int i = chain.Length - 1; i >= 0; i--)
        {
            chain[i].Layer.BackwardWeights();
            if (i == 0 && !inputToo)
                return;
            chain[i].Layer.BackwardInput(add: false);
            if (i > 0)
                ActivateBack(chain[i - 1]);
        }
    }

    private void BackwardEncoder()
    {
        if (_encoder.Length == 0)
            return;
        ActivateBack(_encoder[^1]);
        Backward(_encoder, inputToo: false);
    }

    /// <summary>Sums of a tensor's numbers, model by model, each in an order that does not depend on the others.</summary>
    private sealed class PerModelSums : IDisposable
    {
        private readonly StackScripts _scripts;
        private readonly Tensor _row;
        private readonly Tensor? _lanes;
        private readonly Tensor[] _each = [];
        private readonly Tensor[] _places = [];

        public PerModelSums(ModelStack stack, StackTensor values)
        {
            _scripts = stack.Scripts;
            _row = zeros(stack.Slots, float32, stack.Device);
            if (stack.Order == StackOrder.ModelsLast)
            {
                _lanes = values.Lanes();
                return;
            }

            _each = values.Each(values.Length);
            _places = [.. _row.unbind(0)];
        }

        public void AddTo(Tensor total, double factor)
        {
            if (_lanes is not null)
                _scripts.Run("sums", _lanes, _row, total, factor);
            else
                _scripts.Run("sums_each", _each, _places, _row, total, factor);
        }

        public void Dispose()
        {
            _row.Dispose();
            _lanes?.Dispose();
            foreach (Tensor tensor in _each.Concat(_places))
                tensor.Dispose();
        }
    }
}
