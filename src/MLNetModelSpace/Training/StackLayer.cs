using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>The weights of a layer in all models of a stack, and their gradients.</summary>
internal sealed record StackWeights(StackTensor Weight, StackTensor Bias, StackTensor WeightGradient, StackTensor BiasGradient);

/// <summary>What a layer reads and writes for one number of images, each models×(images·features).</summary>
/// <param name="Input">x.</param>
/// <param name="Output">y, before its activation.</param>
/// <param name="InputSlope">The loss's gradient by x; null where nobody asks.</param>
/// <param name="OutputSlope">The loss's gradient by y.</param>
internal sealed record StackFlow(StackTensor Input, StackTensor Output, StackTensor? InputSlope, StackTensor OutputSlope);

/// <summary>What becomes of the gradient by a layer's input.</summary>
internal enum InputGradient
{
    /// <summary>Nobody asks for it.</summary>
    None,

    /// <summary>It takes the place of what is there.</summary>
    Set,

    /// <summary>It is added: two layers read the same x.</summary>
    Add,
}

/// <summary>A layer of all models of a stack for one number of images, with its gradients written out.</summary>
internal abstract class StackLayer : IDisposable
{
    /// <summary>y = f(x).</summary>
    public abstract void Forward();

    /// <summary>From x and the gradient by y, the gradient by x and those by weight and bias.</summary>
    /// <param name="input">What becomes of the gradient by x.</param>
    /// <param name="optimizer">
    /// Steps the weights, if their layer can have it done on the way; null where gradients are asked for. The gradient by x is that of the weights before.
    /// </param>
    public abstract void Backward(InputGradient input, StackOptimizer? optimizer);

    public abstract void Dispose();
}

/// <summary>x·Wᵀ + b, one batched product of libtorch for all models: for devices other than the CPU.</summary>
internal sealed class LinearStackLayer : StackLayer
{
    private readonly StackScripts _scripts;
    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly Tensor? _dx;
    private readonly Tensor _dy;
    private readonly Tensor _w;
    private readonly Tensor _b;
    private readonly Tensor _dw;
    private readonly Tensor _db;

    public LinearStackLayer(StackScripts scripts, NetworkLayer layer, int images, StackWeights weights, StackFlow flow)
    {
        _scripts = scripts;
        int inputs = layer.Input.Size, outputs = layer.Output.Size;
        // models×images×features
        _x = flow.Input.Stacked(images, inputs);
        _y = flow.Output.Stacked(images, outputs);
        _dx = flow.InputSlope?.Stacked(images, inputs);
        _dy = flow.OutputSlope.Stacked(images, outputs);
        // models×outputs×inputs and models×1×outputs
        _w = weights.Weight.Stacked(outputs, inputs);
        _b = weights.Bias.Stacked(1, outputs);
        _dw = weights.WeightGradient.Stacked(outputs, inputs);
        _db = weights.BiasGradient.Stacked(1, outputs);
    }

    public override void Forward() => _scripts.Run("linear", _x, _w, _b, _y);

    public override void Backward(InputGradient input, StackOptimizer? optimizer)
    {
        _scripts.Run("linear_weights", _x, _dy, _dw, _db);
        if (input != InputGradient.None)
            _scripts.Run("linear_input", _w, _dy, _dx!, input == InputGradient.Add);
    }

    public override void Dispose()
    {
        foreach (Tensor? tensor in new[] { _x, _y, _dx, _dy, _w, _b, _dw, _db })
            tensor?.Dispose();
    }
}

/// <summary>A convolution or a transposed one as products over patches, by libtorch's operations alone: for devices other than the CPU.</summary>
internal sealed class UnfoldedStackLayer : StackLayer
{
    private readonly NetworkLayer _layer;
    private readonly bool _transposed;
    private readonly FeatureShape _fine;
    private readonly FeatureShape _coarse;
    private readonly int _images;
    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly Tensor? _dx;
    private readonly Tensor _dy;
    private readonly Tensor _w;
    private readonly Tensor _b;
    private readonly Tensor _dw;
    private readonly Tensor _db;

    public UnfoldedStackLayer(NetworkLayer layer, int images, StackWeights weights, StackFlow flow)
    {
        _layer = layer;
        _images = images;
        _transposed = layer.Kind == LayerKind.TransposedConvolution;
        (_fine, _coarse) = _transposed ? (layer.Output, layer.Input) : (layer.Input, layer.Output);
        _x = flow.Input.Stacked(images, layer.Input.Channels, layer.Input.Positions);
        _y = flow.Output.Stacked(images, layer.Output.Channels, layer.Output.Positions);
        _dx = flow.InputSlope?.Stacked(images, layer.Input.Channels, layer.Input.Positions);
        _dy = flow.OutputSlope.Stacked(images, layer.Output.Channels, layer.Output.Positions);
        // models×1×coarse channels×(fine channels·k·k), for all images of a model
        int taps = _fine.Channels * layer.Kernel * layer.Kernel;
        _w = weights.Weight.Stacked(1, _coarse.Channels, taps);
        _dw = weights.WeightGradient.Stacked(1, _coarse.Channels, taps);
        _b = weights.Bias.Stacked(1, layer.Output.Channels, 1);
        _db = weights.BiasGradient.Stacked(1, layer.Output.Channels, 1);
    }

    public override void Forward()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = _transposed ? Fold(_w.transpose(2, 3).matmul(_x)) : _w.matmul(Unfold(_x));
        _y.copy_(y + _b);
    }

    public override void Backward(InputGradient input, StackOptimizer? optimizer)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? unfolded = _transposed ? Unfold(_dy) : null;
        (Tensor coarse, Tensor patches) = unfolded is not null ? (_x, unfolded) : (_dy, Unfold(_x));
        _dw.copy_(coarse.matmul(patches.transpose(2, 3)).sum([1], true));
        _db.copy_(_dy.sum([1, 3], true).view(_db.shape));
        if (input == InputGradient.None)
            return;
        Tensor dx = unfolded is not null ? _w.matmul(unfolded) : Fold(_w.transpose(2, 3).matmul(_dy));
        if (input == InputGradient.Add)
            _dx!.add_(dx);
        else
            _dx!.copy_(dx);
    }

    public override void Dispose()
    {
        foreach (Tensor? tensor in new[] { _x, _y, _dx, _dy, _w, _b, _dw, _db })
            tensor?.Dispose();
    }

    // models×images×channels×positions → models×images×taps×coarse positions
    private Tensor Unfold(Tensor fine) => nn.functional
        .unfold(fine.reshape(-1, _fine.Channels, _fine.Height, _fine.Width), _layer.Kernel, 1, _layer.Padding, _layer.Stride)
        .view(-1, _images, _w.shape[3], _coarse.Positions);

    // models×images×taps×coarse positions → models×images×channels×positions
    private Tensor Fold(Tensor patches) => nn.functional
        .fold(
            patches.reshape(-1, _w.shape[3], _coarse.Positions), (_fine.Height, _fine.Width), (_layer.Kernel, _layer.Kernel), (1, 1),
            (_layer.Padding, _layer.Padding), (_layer.Stride, _layer.Stride))
        .view(-1, _images, _fine.Channels, _fine.Positions);
}
