using System.Globalization;

namespace MLNetModelSpace.Numerics;

/// <summary>Whether options lie in their ranges. Errors name the option, its value and its range.</summary>
internal static class ArgumentRanges
{
    /// <summary>Refuses a number outside <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw Error(value, name, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
    }

    /// <summary>Refuses a number below <paramref name="least"/>.</summary>
    public static void RequireAtLeast(int value, int least, string name)
    {
        if (value < least)
            throw Error(value, name, string.Create(CultureInfo.InvariantCulture, $"{least} or more"));
    }

    /// <summary>Refuses what is not finite and above 0.</summary>
    public static void RequirePositive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
            throw Error(value, name, "a finite number above 0");
    }

    /// <summary>Refuses what is not finite and 0 or more.</summary>
    public static void RequireNotNegative(double value, string name)
    {
        if (!(value >= 0) || !double.IsFinite(value))
            throw Error(value, name, "a finite number, 0 or more");
    }

    /// <summary>Refuses a number that no name stands for.</summary>
    public static void RequireDefined<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is '{value}'; expected one of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    private static ArgumentOutOfRangeException Error(IFormattable value, string name, string expected) =>
        new(name, value, $"{name} is {value.ToString(null, CultureInfo.InvariantCulture)}; expected {expected}.");
}
