using System.Globalization;
using System.Text.RegularExpressions;

namespace Engine.Tests.Torch;

/// <summary>An operator as the reference files write it, such as <c>clamp(-0.5,0.5)</c>, <c>sum(dim=1,keepdim)</c> or <c>max(dim=1).values</c>.</summary>
internal sealed partial record OperatorCall(string Operator, double[] Numbers, Dictionary<string, double> Names, bool KeepDim)
{
    public long Dim => (long)Named("dim", 1);

    public static OperatorCall Parse(string text)
    {
        var match = Form().Match(text);
        var arguments = match.Groups["arguments"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        List<double> numbers = [];
        Dictionary<string, double> names = [];
        foreach (var argument in arguments)
        {
            if (double.TryParse(argument, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
            else if (argument.Split('=') is [var name, var value] && double.TryParse(value, CultureInfo.InvariantCulture, out number))
                names[name] = number;
        }
        return new(match.Groups["operator"].Value + match.Groups["member"].Value, [.. numbers], names, arguments.Any(a => a is "keepdim" or "keepdim=True"));
    }

    public double Number(int index, double otherwise) => index < Numbers.Length ? Numbers[index] : otherwise;

    public double Named(string name, double otherwise) => Names.GetValueOrDefault(name, otherwise);

    [GeneratedRegex(@"^(?<operator>\w+)(\((?<arguments>[^()]*)\))?(?<member>\.\w+)?")]
    private static partial Regex Form();
}
