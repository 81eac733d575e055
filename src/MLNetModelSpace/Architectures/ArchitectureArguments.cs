using System.Globalization;
using System.Runtime.CompilerServices;

namespace MLNetModelSpace.Architectures;

/// <summary>Checks and texts that architectures share.</summary>
internal static class ArchitectureArguments
{
    public static int[] Widths(IEnumerable<int> widths, string name)
    {
        ArgumentNullException.ThrowIfNull(widths, name);
        int[] values = [.. widths];
        if (values.Length == 0)
            throw new ArgumentException("At least one layer is needed.", name);
        foreach (int width in values)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width, name);
        return values;
    }

    public static TEnum Defined<TEnum>(TEnum value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where TEnum : struct, Enum
    {
        ArgumentRanges.RequireDefined(value, name!);
        return value;
    }

    public static double Beta(double beta)
    {
        ArgumentRanges.RequireNotNegative(beta, nameof(beta));
        return beta;
    }

    public static string LayerName(string half, int index, int depth) =>
        depth == 1 ? half : string.Create(CultureInfo.InvariantCulture, $"{half}.{index}");

    public static HiddenActivation Last(OutputActivation output) =>
        output == OutputActivation.Sigmoid ? HiddenActivation.Sigmoid : HiddenActivation.Identity;

    public static string Describe(OutputActivation output) =>
        output == OutputActivation.Identity ? "" : $", output={output.ToString().ToLowerInvariant()}";

    public static string Describe(HiddenActivation activation, HiddenActivation usual) =>
        activation == usual ? "" : $", activation={activation.ToString().ToLowerInvariant()}";

    public static string Describe(string key, int? value) =>
        value is { } number ? string.Create(CultureInfo.InvariantCulture, $", {key}={number}") : "";

    public static string DescribeBeta(double beta) =>
        beta == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", beta={beta:R}");
}

/// <summary>Sizes of a convolution and of the transposed convolution that undoes them.</summary>
internal static class ConvolutionGeometry
{
    public static void Check(int kernel, int stride, int padding, int? decoderKernel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (padding >= kernel)
            throw new ArgumentOutOfRangeException(nameof(padding), padding, $"A padding of {padding} is not smaller than the kernel of {kernel}.");
        if (decoderKernel is { } size)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size, nameof(decoderKernel));
    }

    /// <summary>Output positions of a convolution along one dimension.</summary>
    public static int Convolve(int size, int kernel, int stride, int padding, ImageShape image)
    {
        int covered = size + (2 * padding) - kernel;
        return covered >= 0
            ? (covered / stride) + 1
            : throw new ArgumentException($"A kernel of {kernel} with padding {padding} does not fit {size} pixels (images of {image}).");
    }

    /// <summary>The kernel with which a transposed convolution of the same stride and padding gives <paramref name="size"/> again.</summary>
    public static int DecoderKernel(int size, int positions, int stride, int padding) => size + (2 * padding) - ((positions - 1) * stride);

    /// <summary>The decoder's kernel for both dimensions, checked against the one asked for.</summary>
    public static int DecoderKernel((int Height, int Width) from, (int Height, int Width) to, int stride, int padding, int? asked, ImageShape image)
    {
        int height = DecoderKernel(to.Height, from.Height, stride, padding);
        int width = DecoderKernel(to.Width, from.Width, stride, padding);
        int kernel = asked ?? height;
        if (kernel <= 0 || kernel != height || kernel != width)
        {
            throw new ArgumentException(
                $"A decoder kernel of {kernel} does not give back {to.Height}×{to.Width} from {from.Height}×{from.Width} with stride {stride} and padding {padding}; " +
                $"it would have to be {height}×{width} (images of {image}).");
        }

        return kernel;
    }
}
