using System.Globalization;

namespace MLNetModelSpace.Architectures;

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
