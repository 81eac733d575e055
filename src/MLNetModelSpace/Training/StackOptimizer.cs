using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>One pass over the weights, gradients and moments of a whole stack a step.</summary>
internal sealed class StackOptimizer : IDisposable
{
    private readonly TrainAutoencoderEstimator.Options _options;
    private readonly StackScripts _scripts;
    private readonly Tensor[] _values;
    private readonly Tensor[] _gradients;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly Tensor[] _step;
    private bool _began;

    public StackOptimizer(TrainAutoencoderEstimator.Options options, ModelStack stack)
    {
        _options = options;
        _scripts = stack.Scripts;
        _values = [stack.Values];
        _gradients = [stack.Gradients];
        bool adam = options.Optimizer != TrainingOptimizer.Sgd;
        _first = adam || options.Momentum > 0 ? [zeros_like(stack.Values)] : [];
        _second = adam ? [zeros_like(stack.Values)] : [];
        _step = adam ? [zeros([], float32, stack.Device)] : [];
    }

    /// <summary>Forgets earlier models.</summary>
    public void Reset()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _step])
            tensor.zero_().Dispose();
        _began = false;
    }

    public void Step(double rate)
    {
        switch (_options.Optimizer)
        {
            case TrainingOptimizer.Sgd:
                _scripts.Run("sgd", _values, _gradients, _first, rate, _options.WeightDecay, _options.Momentum, !_began);
                break;
            default:
                _scripts.Run("adam", _values, _gradients, _first, _second, _step, rate, _options.WeightDecay, _options.Optimizer == TrainingOptimizer.AdamW);
                break;
        }

        _began = true;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _step])
            tensor.Dispose();
    }
}
