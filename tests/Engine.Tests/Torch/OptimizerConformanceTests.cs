using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Optimizers against PyTorch's figures: W after each step on the squared error of W·x and t.</summary>
[Collection(SerialCollection.Name)]
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
        Dictionary<string, string> given = Arguments().Matches(name).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        string[] known = ["lr", "momentum", "dampening", "weight_decay", "nesterov", "betas", "eps", "amsgrad"];
        Assert.All(given.Keys, key => Assert.Contains(key, known));
        double Number(string key, double otherwise) => given.TryGetValue(key, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        double[] betas = given.TryGetValue("betas", out var pair) ? [.. pair.Trim('(', ')').Split(',').Select(beta => double.Parse(beta, CultureInfo.InvariantCulture))] : [0.9, 0.999];
        bool Flag(string key) => given.TryGetValue(key, out var text) && text == "True";
        return name.Split('(')[0] switch
        {
            "SGD" => optim.SGD(parameters, Number("lr", 0), Number("momentum", 0), Number("dampening", 0), Number("weight_decay", 0), Flag("nesterov")),
            "Adam" => optim.Adam(parameters, Number("lr", 0.001), betas[0], betas[1], Number("eps", 1e-8), Number("weight_decay", 0), Flag("amsgrad")),
            "AdamW" => optim.AdamW(parameters, Number("lr", 0.001), betas[0], betas[1], Number("eps", 1e-8), Number("weight_decay", 0.01), Flag("amsgrad")),
            _ => throw new InvalidOperationException($"The reference file names an optimizer unknown here: {name}"),
        };
    }

    [GeneratedRegex(@"(\w+)=(\([^)]*\)|[\w.+-]+)")]
    private static partial Regex Arguments();
}
