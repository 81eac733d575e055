using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>
/// A layer whose parameters are drawn from a generator of its own. <c>nn.Linear</c> and its like draw from the process-wide
/// generator when they are built, which models trained side by side must not touch.
/// </summary>
internal abstract class SeededLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    private readonly double _weightBound;
    private readonly double _biasBound;

    protected SeededLayer(string name, ReadOnlySpan<long> weightShape, long biasLength, long fanIn)
        : base(name)
    {
        // PyTorch's reset_parameters: kaiming_uniform_(a = √5) for the weight, and the same bound, 1/√fan_in, for the bias.
        _weightBound = Math.Sqrt(3.0) * (Math.Sqrt(2.0 / (1 + (Math.Sqrt(5) * Math.Sqrt(5)))) / Math.Sqrt(fanIn));
        _biasBound = 1 / Math.Sqrt(fanIn);
        _weight = new Parameter(zeros(weightShape), true);
        _bias = new Parameter(zeros([biasLength]), true);
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
    }

    /// <summary>Draws the parameters: the numbers that <c>manual_seed</c> and construction would give.</summary>
    public void Initialize(Generator generator)
    {
        using IDisposable frozen = no_grad();
        _weight.uniform_(-_weightBound, _weightBound, generator);
        _bias.uniform_(-_biasBound, _biasBound, generator);
    }

    protected Tensor Weight => _weight;

    protected Tensor Bias => _bias;
}

/// <summary>x·Wᵀ + b with W of shape out×in.</summary>
internal sealed class SeededLinear(int inputs, int outputs)
    : SeededLayer(nameof(SeededLinear), [outputs, inputs], outputs, inputs)
{
    // n×in → n×out
    public override Tensor forward(Tensor input) => nn.functional.linear(input, Weight, Bias);
}

/// <summary>A convolution with W of shape out×in×k×k.</summary>
internal sealed class SeededConv2d(int inputs, int outputs, int kernel, int stride, int padding)
    : SeededLayer(nameof(SeededConv2d), [outputs, inputs, kernel, kernel], outputs, (long)inputs * kernel * kernel)
{
    private readonly long[] _stride = [stride, stride];
    private readonly long[] _padding = [padding, padding];

    // n×in×H×W → n×out×h×w
    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, Weight, Bias, _stride, _padding);
}

/// <summary>A transposed convolution with W of shape in×out×k×k; PyTorch takes its fan-in from the second dimension, the outputs.</summary>
internal sealed class SeededConvTranspose2d(int inputs, int outputs, int kernel, int stride, int padding)
    : SeededLayer(nameof(SeededConvTranspose2d), [inputs, outputs, kernel, kernel], outputs, (long)outputs * kernel * kernel)
{
    private readonly long[] _stride = [stride, stride];
    private readonly long[] _padding = [padding, padding];

    // n×in×h×w → n×out×H×W
    public override Tensor forward(Tensor input) => nn.functional.conv_transpose2d(input, Weight, Bias, _stride, _padding);
}
