using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// A residual network as a TorchSharp module: its <c>forward</c> gives the class scores where it has a last linear layer,
/// <see cref="Embed"/> the average of the last stage. Its <c>state_dict</c> has torchvision's names.
/// </summary>
internal sealed class ResidualNetwork : nn.Module<Tensor, Tensor>
{
    private readonly ResidualLayout _layout;
    private readonly Dictionary<string, Parameter> _tensors = new(StringComparer.Ordinal);

    public ResidualNetwork(ResidualLayout layout)
        : base(nameof(ResidualNetwork))
    {
        _layout = layout;
        foreach ((string name, long[] shape) in layout.Tensors())
        {
            bool running = name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal);
            // Kept by the module, not by the dispose scope that happens to be open.
            var parameter = new Parameter(zeros(shape, float32, CPU).DetachFromDisposeScope(), !running);
            parameter.DetachFromDisposeScope();
            _tensors.Add(name, parameter);
        }

        Register(this, "");
    }

    /// <summary>
    /// Draws what is trained: convolutions by He's normal rule over what they write (as torchvision does), the last layer as
    /// <c>nn.Linear</c>; normalisations begin as the identity.
    /// </summary>
    public void Initialize(Generator generator)
    {
        using IDisposable frozen = no_grad();
        foreach ((string name, long[] shape) in _layout.Tensors())
        {
            using var scope = NewDisposeScope();
            Parameter tensor = _tensors[name];
            Tensor values = shape.Length == 4
                ? randn(shape, float32, CPU, false, generator) * Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3]))
                : name.StartsWith("fc.", StringComparison.Ordinal)
                    ? (rand(shape, float32, CPU, false, generator) - 0.5) * (2 / Math.Sqrt(_layout.Width))
                    : name.EndsWith("running_var", StringComparison.Ordinal) || name.EndsWith(".weight", StringComparison.Ordinal) ? ones(shape, float32, CPU) : zeros(shape, float32, CPU);
            tensor.copy_(values);
        }
    }

    /// <summary>What the optimizer steps on.</summary>
    public IEnumerable<Parameter> Trained => _layout.Tensors().Select(tensor => _tensors[tensor.Name]).Where(parameter => parameter.requires_grad);

    /// <summary>Overwrites one tensor.</summary>
    public void Set(string name, float[] values)
    {
        using IDisposable frozen = no_grad();
        using Tensor source = NativeTensors.Of(values, _tensors[name].shape);
        _tensors[name].copy_(source);
    }

    /// <summary>The values of one tensor.</summary>
    public float[] Get(string name)
    {
        using Tensor detached = _tensors[name].detach();
        return detached.data<float>().ToArray();
    }

    /// <summary>n×C×H×W → n×width.</summary>
    public Tensor Embed(Tensor images)
    {
        Tensor x = Convolve(images, "conv1", _layout.StemStride, _layout.StemKernel / 2);
        x = Normalize(x, "bn1").relu();
        if (_layout.StemPool)
            x = nn.functional.max_pool2d(x, 3, 2, 1);
        int before = _layout.StemWidth;
        for (int stage = 0; stage < _layout.Widths.Count; stage++)
        {
            for (int block = 0; block < _layout.Blocks; block++)
                x = Block(x, $"layer{stage + 1}.{block}", _layout.StrideOf(stage, block), _layout.HasShortcut(stage, block, before));
            before = _layout.Widths[stage];
        }

        return x.mean([2, 3]);
    }

    /// <summary>n×C×H×W → n×classes.</summary>
    public override Tensor forward(Tensor input) => nn.functional.linear(Embed(input), _tensors["fc.weight"], _tensors["fc.bias"]);

    private Tensor Block(Tensor input, string name, int stride, bool shortcut)
    {
        Tensor x = Normalize(Convolve(input, $"{name}.conv1", stride, 1), $"{name}.bn1").relu();
        x = Normalize(Convolve(x, $"{name}.conv2", 1, 1), $"{name}.bn2");
        Tensor around = shortcut ? Normalize(Convolve(input, $"{name}.downsample.0", stride, 0), $"{name}.downsample.1") : input;
        return (x + around).relu();
    }

    private Tensor Convolve(Tensor input, string name, int stride, int padding) =>
        nn.functional.conv2d(input, _tensors[$"{name}.weight"], null, [stride, stride], [padding, padding]);

    private Tensor Normalize(Tensor input, string name) => nn.functional.batch_norm(
        input, _tensors[$"{name}.running_mean"], _tensors[$"{name}.running_var"], _tensors[$"{name}.weight"], _tensors[$"{name}.bias"], training);

    /// <summary>Hangs every tensor under the module that its name says.</summary>
    private void Register(nn.Module module, string prefix)
    {
        foreach (IGrouping<string, string> group in _tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).GroupBy(name => name[prefix.Length..].Split('.')[0]))
        {
            string name = prefix + group.Key;
            if (_tensors.TryGetValue(name, out Parameter? parameter))
            {
                module.register_parameter(group.Key, parameter);
                continue;
            }

            var child = new Holder(group.Key);
            Register(child, name + ".");
            module.register_module(group.Key, child);
        }
    }

    /// <summary>Names its tensors; the residual network runs them.</summary>
    private sealed class Holder(string name) : nn.Module(name);
}
