using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019; β = (0.9, 0.999), ε = 1e-8) over all parameters of a network in one call. <c>optim.AdamW</c> makes some ten native numbers a
/// parameter and step, any of which the garbage collector may free before libtorch has read it: on busy machines steps failed.
/// </summary>
internal sealed class FusedAdamW : IDisposable
{
    private readonly StackScripts _scripts = StackScripts.Rent();
    private readonly double _weightDecay;
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly Tensor[] _steps;

    /// <param name="parameters">Stay their owner's.</param>
    /// <param name="weightDecay">Of every step, times the rate.</param>
    public FusedAdamW(IEnumerable<Parameter> parameters, double weightDecay)
    {
        _parameters = [.. parameters];
        _weightDecay = weightDecay;
        _first = Zeros();
        _second = Zeros();
        _steps = [.. _parameters.Select(_ => zeros([], float32, CPU).DetachFromDisposeScope())];
    }

    /// <summary>Sets the gradients to zero; those that are not there yet stay away.</summary>
    public void ZeroGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            using Tensor? gradient = parameter.grad;
            gradient?.zero_().Dispose();
        }
    }

    /// <summary>One step along the gradients.</summary>
    public void Step(double rate)
    {
        using IDisposable frozen = no_grad();
        Tensor[] gradients = [.. _parameters.Select(parameter => parameter.grad!)];
        _scripts.Run("adam", _parameters.ToArray<Tensor>(), gradients, _first, _second, _steps, rate, _weightDecay, true);
        foreach (Tensor gradient in gradients)
            gradient.Dispose();
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _steps])
            tensor.Dispose();
        StackScripts.Return(_scripts);
    }

    private Tensor[] Zeros() => [.. _parameters.Select(parameter => zeros(parameter.shape, float32, CPU).DetachFromDisposeScope())];
}
