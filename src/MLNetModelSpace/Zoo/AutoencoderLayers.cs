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

    protected SeededLayer(string name, ReadOnlySpan<long> weightShape, long biasLength, long fanIn, Generator? generator)
        : base(name)
    {
        // PyTorch's reset_parameters: kaiming_uniform_(a = √5) for the weight, and the same bound, 1/√fan_in, for the bias.
        double bound = Math.Sqrt(3.0) * (Math.Sqrt(2.0 / (1 + (Math.Sqrt(5) * Math.Sqrt(5)))) / Math.Sqrt(fanIn));
        _weight = Draw(weightShape, bound, generator);
        _bias = Draw([biasLength], 1 / Math.Sqrt(fanIn), generator);
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
    }

    protected Tensor Weight => _weight;

    protected Tensor Bias => _bias;

    private static Parameter Draw(ReadOnlySpan<long> shape, double bound, Generator? generator)
    {
        Tensor values = zeros(shape);
        if (generator is not null)
            values.uniform_(-bound, bound, generator);
        return new Parameter(values, true);
    }
}

/// <summary>x·Wᵀ + b with W of shape out×in.</summary>
internal sealed class SeededLinear(int inputs, int outputs, Generator? generator)
    : SeededLayer(nameof(SeededLinear), [outputs, inputs], outputs, inputs, generator)
{
    // n×in → n×out
    public override Tensor forward(Tensor input) => nn.functional.linear(input, Weight, Bias);
}

/// <summary>A convolution with W of shape out×in×k×k.</summary>
internal sealed class SeededConv2d(int inputs, int outputs, int kernel, int stride, int padding, Generator? generator)
    : SeededLayer(nameof(SeededConv2d), [outputs, inputs, kernel, kernel], outputs, (long)inputs * kernel * kernel, generator)
{
    private readonly long[] _stride = [stride, stride];
    private readonly long[] _padding = [padding, padding];

    // n×in×H×W → n×out×h×w
    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, Weight, Bias, _stride, _padding);
}

/// <summary>A transposed convolution with W of shape in×out×k×k; PyTorch takes its fan-in from the second dimension, the outputs.</summary>
internal sealed class SeededConvTranspose2d(int inputs, int outputs, int kernel, int stride, int padding, Generator? generator)
    : SeededLayer(nameof(SeededConvTranspose2d), [inputs, outputs, kernel, kernel], outputs, (long)outputs * kernel * kernel, generator)
{
    private readonly long[] _stride = [stride, stride];
    private readonly long[] _padding = [padding, padding];

    // n×in×h×w → n×out×H×W
    public override Tensor forward(Tensor input) => nn.functional.conv_transpose2d(input, Weight, Bias, _stride, _padding);
}
