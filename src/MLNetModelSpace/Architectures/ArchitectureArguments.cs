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
        where TEnum : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"'{value}' is no {typeof(TEnum).Name}.");

    public static double Beta(double beta) =>
        double.IsFinite(beta) && beta >= 0
            ? beta
            : throw new ArgumentOutOfRangeException(nameof(beta), beta, "β is a finite number, 0 or more.");

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
