using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// Steps the weights of a stack: where models lie side by side, a layer hands each part of its gradient over while it is in the cache; else one pass of libtorch's at the
/// step's end.
/// </summary>
internal sealed unsafe class StackOptimizer : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly TrainAutoencoderEstimator.Options _options;
    private readonly ModelStack _stack;
    private readonly bool _adam;
    private readonly Tensor[] _values;
    private readonly Tensor[] _gradients;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly Tensor[] _step;
    private readonly float* _valuesAt;
    private readonly float* _firstAt;
    private readonly float* _secondAt;
    private int _steps;
    private double _rate;
    private AdamStep _now;

    public StackOptimizer(TrainAutoencoderEstimator.Options options, ModelStack stack)
    {
        _options = options;
        _stack = stack;
        _adam = options.Optimizer != TrainingOptimizer.Sgd;
        _values = [stack.Values];
        _gradients = [stack.Gradients];
        _first = _adam || options.Momentum > 0 ? [zeros_like(stack.Values)] : [];
        _second = _adam ? [zeros_like(stack.Values)] : [];
        _step = _adam ? [zeros([], float32, stack.Device)] : [];
        if (stack.Order != StackOrder.ModelsLast)
            return;
        _valuesAt = StackTensor.At(stack.Values);
        _firstAt = _first.Length > 0 ? StackTensor.At(_first[0]) : null;
        _secondAt = _adam ? StackTensor.At(_second[0]) : null;
    }

    /// <summary>Forgets earlier models.</summary>
    public void Reset()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _step])
            tensor.zero_().Dispose();
        _steps = 0;
    }

    /// <summary>Begins the next step.</summary>
    /// <param name="rate">Its learning rate.</param>
    public void Begin(double rate)
    {
        _steps++;
        _rate = rate;
        bool decoupled = _options.Optimizer == TrainingOptimizer.AdamW;
        _now = new AdamStep(
            (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2), (float)(rate / (1 - Math.Pow(Beta1, _steps))), (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps))), (float)Epsilon,
            decoupled ? (float)(1 - (rate * _options.WeightDecay)) : 1, decoupled ? 0 : (float)_options.WeightDecay);
    }

    /// <summary>Steps some weights of all models, which lie side by side.</summary>
    /// <param name="weights">Where they begin, in the stack's memory.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="count">Floats.</param>
    public void Step(float* weights, float* gradient, int count)
    {
        nint at = (nint)(weights - _valuesAt);
        if (_adam)
            LaneKernels.Adam(weights, gradient, _firstAt + at, _secondAt + at, count, _now);
        else
            LaneKernels.Sgd(weights, gradient, _firstAt == null ? null : _firstAt + at, count, (float)_rate, (float)_options.WeightDecay, (float)_options.Momentum);
    }

    /// <summary>Ends the step: what no layer has stepped is stepped now.</summary>
    public void End()
    {
        if (_stack.Order == StackOrder.ModelsLast)
            return;
        if (_adam)
            _stack.Scripts.Run("adam", _values, _gradients, _first, _second, _step, _rate, _options.WeightDecay, _options.Optimizer == TrainingOptimizer.AdamW);
        else
            _stack.Scripts.Run("sgd", _values, _gradients, _first, _rate, _options.WeightDecay, _options.Momentum, _steps == 1);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _step])
            tensor.Dispose();
    }
}
