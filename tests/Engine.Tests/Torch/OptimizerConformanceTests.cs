using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Optimizers against PyTorch's figures: W after each step on the squared error of W·x and t.</summary>
[Collection("torch")]
public partial class OptimizerConformanceTests
{
    private const string File = "torch/optimizers.json";

    [ConformanceFact(File)]
    public void Optimizers_take_the_steps_of_PyTorch()
    {
        using var file = Conformance.Open(File);
        foreach (var entry in file.RootElement.EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var name = entry.GetProperty("optimizer").GetString()!;
            var steps = entry.GetProperty("steps").EnumerateArray().ToArray();
            var (x, target) = (Figures.Tensor(entry.GetProperty("x")), Figures.Tensor(entry.GetProperty("t")));
            // The first figure is the weight before any step.
            var weight = new Parameter(Figures.Tensor(steps[0]));
            using var optimizer = Make(name, [weight]);
            for (var i = 1; i < steps.Length; i++)
            {
                optimizer.zero_grad();
                nn.functional.mse_loss(weight.mv(x), target, nn.Reduction.Sum).backward();
                optimizer.step();
                Figures.Close(steps[i], weight, $"{name}, step {i}");
            }
        }
    }

    private static optim.Optimizer Make(string name, Parameter[] parameters)
    {
        double Argument(string key, double otherwise) =>
            Arguments().Matches(name).FirstOrDefault(m => m.Groups[1].Value == key) is { } found
                ? double.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture)
                : otherwise;
        return name.Split('(')[0] switch
        {
            "SGD" => optim.SGD(parameters, Argument("lr", 0), Argument("momentum", 0)),
            "Adam" => optim.Adam(parameters, Argument("lr", 0.001), weight_decay: Argument("weight_decay", 0)),
            "AdamW" => optim.AdamW(parameters, Argument("lr", 0.001), weight_decay: Argument("weight_decay", 0)),
            _ => throw new InvalidOperationException($"The reference file names an optimizer unknown here: {name}"),
        };
    }

    [GeneratedRegex(@"(\w+)=([\d.e-]+)")]
    private static partial Regex Arguments();
}
