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
        int covered = checked(size + (2 * padding) - kernel);
        return covered >= 0
            ? (covered / stride) + 1
            : throw new ArgumentException($"A kernel of {kernel} with padding {padding} does not fit {size} pixels (images of {image}).");
    }

    /// <summary>The kernel with which a transposed convolution of the same stride and padding gives <paramref name="size"/> again.</summary>
    public static int DecoderKernel(int size, int positions, int stride, int padding) =>
        checked(size + (2 * padding) - ((positions - 1) * stride));

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

/// <summary>The text of an architecture taken apart: <c>Name(key=value, …)</c> and perhaps <c> on CxHxW</c>.</summary>
internal sealed class ArchitectureText
{
    private readonly string _text;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private ArchitectureText(string text, string name, ImageShape? imageShape)
    {
        _text = text;
        Name = name;
        ImageShape = imageShape;
    }

    public string Name { get; }

    public ImageShape? ImageShape { get; }

    public static ArchitectureText Parse(string text)
    {
        int open = text.IndexOf('(');
        int close = text.IndexOf(')');
        if (open <= 0 || close < open)
            throw Malformed(text, "a name and options in parentheses");
        string tail = text[(close + 1)..].Trim();
        var parsed = new ArchitectureText(text, text[..open].Trim(), tail.Length == 0 ? null : ParseShape(text, tail));
        foreach (string part in text[(open + 1)..close].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=');
            if (equals <= 0 || !parsed._values.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
                throw Malformed(text, "options of the form key=value, each once");
        }

        return parsed;
    }

    public string Word(string key) => Take(key) ?? throw Malformed(_text, $"the option '{key}'");

    public int[] Integers(string key)
    {
        string value = Take(key) ?? throw Malformed(_text, $"the option '{key}'");
        return [.. value.Split('-').Select(part => ParseInteger(key, part))];
    }

    public int Integer(string key, int otherwise) => Take(key) is { } value ? ParseInteger(key, value) : otherwise;

    public int? OptionalInteger(string key) => Take(key) is { } value ? ParseInteger(key, value) : null;

    public double Real(string key, double otherwise)
    {
        if (Take(key) is not { } value)
            return otherwise;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw Malformed(_text, $"a number as '{key}'");
    }

    public TEnum Choice<TEnum>(string key, TEnum otherwise)
        where TEnum : struct, Enum
    {
        if (Take(key) is not { } value)
            return otherwise;
        return Enum.TryParse(value, ignoreCase: true, out TEnum choice) && Enum.IsDefined(choice)
            ? choice
            : throw Malformed(_text, $"one of {string.Join(", ", Enum.GetNames<TEnum>())} as '{key}'");
    }

    public void CheckAllUsed()
    {
        foreach (string key in _values.Keys)
            throw Malformed(_text, $"no option '{key}'");
    }

    private string? Take(string key) => _values.Remove(key, out string? value) ? value : null;

    private int ParseInteger(string key, string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Malformed(_text, $"a whole number as '{key}'");

    private static ImageShape ParseShape(string text, string tail)
    {
        string[] parts = tail.StartsWith("on ", StringComparison.Ordinal) ? tail[3..].Split('x') : [];
        if (parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int channels)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && new ImageShape(channels, height, width) is { IsValid: true } shape)
        {
            return shape;
        }

        throw Malformed(text, "nothing or an image shape such as 'on 1x28x28' behind the options");
    }

    private static FormatException Malformed(string text, string expected) =>
        new($"'{text}' is no architecture: expected {expected}, as in 'LinearAutoencoder(hidden=32)'.");
}
