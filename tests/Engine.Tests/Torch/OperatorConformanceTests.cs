using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Operators and their gradients against PyTorch's figures.</summary>
[Collection(SerialCollection.Name)]
public class OperatorConformanceTests
{
    private const string File = "torch/operators.json";

    private static readonly Dictionary<string, Func<OperatorCall, Tensor, Tensor>> s_unary = new()
    {
        ["relu"] = (_, x) => nn.functional.relu(x),
        ["sigmoid"] = (_, x) => x.sigmoid(),
        ["tanh"] = (_, x) => x.tanh(),
        ["gelu"] = (_, x) => nn.functional.gelu(x),
        ["leaky_relu"] = (c, x) => nn.functional.leaky_relu(x, c.Number(0, 0.01)),
        ["softplus"] = (_, x) => nn.functional.softplus(x),
        ["exp"] = (_, x) => x.exp(),
        ["log(x*x+1)"] = (_, x) => ((x * x) + 1).log(),
        ["sqrt(x*x+1)"] = (_, x) => ((x * x) + 1).sqrt(),
        ["pow"] = (c, x) => x.pow(c.Number(0, 2)),
        ["softmax"] = (c, x) => x.softmax(c.Dim),
        ["log_softmax"] = (c, x) => x.log_softmax(c.Dim),
        ["logsumexp"] = (c, x) => x.logsumexp(c.Dim),
        ["normalize"] = (c, x) => x / x.norm((int)c.Dim, true).clamp_min(1e-12),
        ["layer_norm"] = (c, x) => nn.functional.layer_norm(x, [.. c.Numbers.Select(n => (long)n)]),
        ["mean"] = (c, x) => x.mean([c.Dim], c.KeepDim),
        ["var"] = (c, x) => x.var(c.Dim, true, c.KeepDim),
        ["std"] = (c, x) => x.std(c.Dim, true, c.KeepDim),
        ["sum"] = (c, x) => x.sum(c.Dim, c.KeepDim),
        ["norm"] = (_, x) => x.norm(),
        ["max.values"] = (c, x) => x.max(c.Dim, c.KeepDim).values,
        ["clamp"] = (c, x) => x.clamp(c.Number(0, 0), c.Number(1, 1)),
        ["abs"] = (_, x) => x.abs(),
        ["cumsum"] = (c, x) => x.cumsum(c.Dim),
        ["max_pool2d"] = (c, x) => nn.functional.max_pool2d(x, (long)c.Number(0, 2)),
        ["avg_pool2d"] = (c, x) => nn.AvgPool2d((long)c.Number(0, 2)).call(x),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> s_binary = new()
    {
        ["mse_loss"] = (a, b) => nn.functional.mse_loss(a, b),
        ["l1_loss"] = (a, b) => nn.functional.l1_loss(a, b),
        ["smooth_l1_loss"] = (a, b) => nn.functional.smooth_l1_loss(a, b),
        ["cosine_similarity(dim=1)"] = (a, b) => nn.functional.cosine_similarity(a, b, 1),
        ["binary_cross_entropy_with_logits (target=sigmoid(b))"] = (a, b) => nn.functional.binary_cross_entropy_with_logits(a, b.sigmoid()),
        ["kl_div(log_softmax(a),softmax(b),batchmean)"] =
            (a, b) => nn.functional.kl_div(a.log_softmax(1), b.softmax(1), false, nn.Reduction.Sum) / a.shape[0],
        ["cdist"] = (a, b) => cdist(a, b),
        ["matmul a b^T"] = (a, b) => a.matmul(b.t()),
        ["add broadcast a+b[0]"] = (a, b) => a + b.select(0, 0),
        ["div a/(b*b+1)"] = (a, b) => a / ((b * b) + 1),
    };

    [ConformanceFact(File)]
    public void Functions_of_one_tensor_agree_with_PyTorch() => ForEach(
        entry => Unary(Name(entry)) is not null,
        entry =>
        {
            var x = Figures.Tensor(entry.GetProperty("input"), gradient: true);
            var y = Unary(Name(entry))!(x);
            Figures.Close(entry.GetProperty("output"), y, Name(entry));
            var gradient = autograd.grad([y], [x], [Figures.Tensor(entry.GetProperty("upstream"))])[0];
            Figures.Close(entry.GetProperty("grad"), gradient, $"gradient of {Name(entry)}");
        });

    [ConformanceFact(File)]
    public void Functions_of_two_tensors_agree_with_PyTorch() => ForEach(
        entry => s_binary.ContainsKey(Name(entry)),
        entry =>
        {
            var (a, b) = (Figures.Tensor(entry.GetProperty("a"), gradient: true), Figures.Tensor(entry.GetProperty("b"), gradient: true));
            var y = s_binary[Name(entry)](a, b);
            Figures.Close(entry.GetProperty("output"), y, Name(entry));
            var gradients = autograd.grad([y], [a, b], [Figures.Tensor(entry.GetProperty("upstream"))]);
            Figures.Close(entry.GetProperty("grad_a"), gradients[0], $"gradient of {Name(entry)} by a");
            Figures.Close(entry.GetProperty("grad_b"), gradients[1], $"gradient of {Name(entry)} by b");
        });

    [ConformanceFact(File)]
    public void Cross_entropy_agrees_with_PyTorch() => ForEach(
        entry => Name(entry) == "cross_entropy",
        entry =>
        {
            var x = Figures.Tensor(entry.GetProperty("input"), gradient: true);
            var target = tensor(entry.GetProperty("target").EnumerateArray().Select(t => t.GetInt64()).ToArray());
            var y = nn.functional.cross_entropy(x, target);
            Figures.Close(entry.GetProperty("output"), y, "cross_entropy");
            Figures.Close(entry.GetProperty("grad"), autograd.grad([y], [x])[0], "gradient of cross_entropy");
        });

    [ConformanceFact(File)]
    public void Triplet_margin_loss_by_composition_agrees_with_PyTorch() => ForEach(
        entry => OperatorCall.Parse(Name(entry)).Operator == "triplet_margin_loss",
        entry =>
        {
            var inputs = new[] { "anchor", "positive", "negative" }.Select(n => Figures.Tensor(entry.GetProperty(n), gradient: true)).ToArray();
            // ‖a - b + ε‖, as PyTorch measures pairs.
            Tensor Distance(Tensor a, Tensor b) => (a - b + 1e-6).norm(1);
            var y = (Distance(inputs[0], inputs[1]) - Distance(inputs[0], inputs[2]) + OperatorCall.Parse(Name(entry)).Named("margin", 1)).clamp_min(0).mean();
            Figures.Close(entry.GetProperty("output"), y, "triplet_margin_loss");
            var gradients = autograd.grad([y], inputs);
            Figures.Close(entry.GetProperty("grad_anchor"), gradients[0], "gradient by the anchor");
            Figures.Close(entry.GetProperty("grad_positive"), gradients[1], "gradient by the positive");
            Figures.Close(entry.GetProperty("grad_negative"), gradients[2], "gradient by the negative");
        });

    [ConformanceFact(File)]
    public void Batch_normalisation_agrees_with_PyTorch() => ForEach(
        entry => Name(entry).StartsWith("BatchNorm2d(", StringComparison.Ordinal),
        entry =>
        {
            using var module = nn.BatchNorm2d(Figures.Shape(entry.GetProperty("input"))[1]);
            var x = Figures.Tensor(entry.GetProperty("input"), gradient: true);
            var y = module.call(x);
            Figures.Close(entry.GetProperty("output"), y, "BatchNorm2d");
            Figures.Close(entry.GetProperty("grad"), autograd.grad([y], [x], [Figures.Tensor(entry.GetProperty("upstream"))])[0], "gradient of BatchNorm2d");
            Figures.Close(entry.GetProperty("running_mean"), module.get_buffer("running_mean")!, "running mean");
            Figures.Close(entry.GetProperty("running_var"), module.get_buffer("running_var")!, "running variance");
        });

    [ConformanceFact(File)]
    public void Every_reference_operator_is_known_here()
    {
        using var file = Conformance.Open(File);
        foreach (var name in file.RootElement.EnumerateArray().Select(Name))
        {
            Assert.True(
                Unary(name) is not null || s_binary.ContainsKey(name) || OperatorCall.Parse(name).Operator is "cross_entropy" or "triplet_margin_loss" or "BatchNorm2d",
                $"The reference file names an operator that is not compared: {name}");
        }
    }

    /// <summary>The function of that name, with its arguments, or null for what is no function of one tensor.</summary>
    private static Func<Tensor, Tensor>? Unary(string name)
    {
        var call = OperatorCall.Parse(name);
        return s_unary.TryGetValue(name, out var function) || s_unary.TryGetValue(call.Operator, out function) ? x => function(call, x) : null;
    }

    private static string Name(JsonElement entry) => entry.GetProperty("op").GetString()!;

    private static void ForEach(Func<JsonElement, bool> which, Action<JsonElement> compare)
    {
        using var file = Conformance.Open(File);
        foreach (var entry in file.RootElement.EnumerateArray().Where(which))
        {
            using var scope = NewDisposeScope();
            compare(entry);
        }
    }
}
