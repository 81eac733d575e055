using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>The same seeds give the numbers that PyTorch gives: everything bit for bit, normal numbers to 1e-6.</summary>
[Collection(SerialCollection.Name)]
public partial class RandomConformanceTests
{
    private const string File = "torch/random.json";

    [ConformanceFact(File)]
    public void Random_numbers_are_those_of_PyTorch() => Compare((call, _) => Draw(call, null));

    [ConformanceFact(File)]
    public void A_generator_of_its_own_gives_the_same_numbers() =>
        Compare((call, seed) =>
        {
            using var generator = new Generator((ulong)seed);
            return Draw(call, generator);
        });

    private static void Compare(Func<string, long, double[]?> draw)
    {
        using var file = Conformance.Open(File);
        var compared = 0;
        foreach (var entry in file.RootElement.EnumerateArray())
        {
            var (seed, call) = (entry.GetProperty("seed").GetInt64(), entry.GetProperty("call").GetString()!);
            manual_seed(seed);
            if (draw(call, seed) is not { } actual)
                continue;
            compared++;
            Same(Figures.Values(entry.GetProperty("values")), actual, call, $"{call} of seed {seed}");
        }
        Assert.NotEqual(0, compared);
    }

    private static void Same(double[] expected, double[] actual, string call, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            // The reference values have 8 decimals or the shortest form: both name one single-precision number.
            var same = call.StartsWith("randn", StringComparison.Ordinal)
                ? Math.Abs(expected[i] - actual[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected[i]))
                : (float)expected[i] == (float)actual[i];
            Assert.True(same, $"{what}: number {i} is {actual[i]:R}, the reference {expected[i]:R}");
        }
    }

    /// <summary>What the call gives, or null for modules, which draw from the process-wide generator only.</summary>
    private static double[]? Draw(string call, Generator? generator)
    {
        using var scope = NewDisposeScope();
        if (call.StartsWith("nn.", StringComparison.Ordinal))
            return generator is null ? Initial(call) : null;
        List<double> values = [];
        foreach (Match part in Calls().Matches(call))
        {
            long[] sizes = [.. Integers().Matches(part.Groups["arguments"].Value).Select(number => long.Parse(number.Value, CultureInfo.InvariantCulture))];
            var size = sizes[^1];
            using var drawn = part.Groups["name"].Value switch
            {
                "rand" => rand(size, generator: generator),
                "randn" => randn(size, generator: generator),
                "randperm" => randperm(size, generator: generator),
                _ => randint(sizes[0], sizes[1], [size], generator: generator),
            };
            values.AddRange(drawn.type(ScalarType.Float64).data<double>().ToArray());
        }
        var first = First().Match(call);
        return first.Success ? [.. values.Take(int.Parse(first.Groups[1].Value, CultureInfo.InvariantCulture))] : [.. values];
    }

    private static double[] Initial(string call)
    {
        var match = Modules().Match(call);
        long[] sizes = [.. Integers().Matches(match.Groups["arguments"].Value).Select(number => long.Parse(number.Value, CultureInfo.InvariantCulture))];
        using nn.Module<Tensor, Tensor> module = match.Groups["name"].Value switch
        {
            "Linear" => nn.Linear(sizes[0], sizes[1]),
            "Conv2d" => nn.Conv2d(sizes[0], sizes[1], sizes[2]),
            "ConvTranspose2d" => nn.ConvTranspose2d(sizes[0], sizes[1], sizes[2]),
            _ => throw new InvalidOperationException($"The reference file names a call unknown here: {call}"),
        };
        return [.. module.parameters().SelectMany(p => p.detach().reshape(-1).type(ScalarType.Float64).data<double>().ToArray())];
    }

    [GeneratedRegex(@"(?<name>randperm|randint|randn|rand)\((?<arguments>[\d, ]*(\([\d, ]*\))?)\)")]
    private static partial Regex Calls();

    [GeneratedRegex(@"^nn\.(?<name>\w+)\((?<arguments>[\d, ]*)\) weight then bias$")]
    private static partial Regex Modules();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Integers();

    [GeneratedRegex(@"first (\d+)$")]
    private static partial Regex First();
}
