using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>An encoder in training: its parameters and its raw outputs for chosen training models.</summary>
internal abstract class EmbeddingNetwork : IDisposable
{
    private readonly List<Parameter> _parameters = [];

    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Raw outputs [B×D] for models given by their rows (Int64 [B]).</summary>
    public abstract Tensor Forward(Tensor rows);

    /// <summary>A parameter drawn from U(−bound, bound) by a generator of one's own, so that no other training is disturbed.</summary>
    protected Parameter Uniform(Generator generator, double bound, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor values = (rand(shape, float32, CPU, false, generator) * TorchNumbers.Of(2 * bound)) - TorchNumbers.Of(bound);
        return Keep(values);
    }

    protected Parameter Zeros(params long[] shape)
    {
        using var scope = NewDisposeScope();
        return Keep(zeros(shape, float32, CPU));
    }

    public virtual void Dispose()
    {
        foreach (Parameter parameter in _parameters)
            parameter.Dispose();
    }

    /// <summary>The values of all parameters, in order.</summary>
    public float[][] Snapshot()
    {
        float[][] values = new float[_parameters.Count][];
        for (int i = 0; i < values.Length; i++)
        {
            using Tensor detached = _parameters[i].detach();
            values[i] = detached.data<float>().ToArray();
        }

        return values;
    }

    private Parameter Keep(Tensor values)
    {
        var parameter = new Parameter(values.detach().clone().DetachFromDisposeScope());
        parameter.DetachFromDisposeScope();
        _parameters.Add(parameter);
        return parameter;
    }
}
