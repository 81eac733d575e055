using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Operators and their gradients against PyTorch's figures.</summary>
[Collection("torch")]
public class OperatorConformanceTests
{
    private const string File = "torch/operators.json";

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_unary = new()
    {
        ["relu"] = x => nn.functional.relu(x),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["gelu"] = x => nn.functional.gelu(x),
        ["leaky_relu(0.01)"] = x => nn.functional.leaky_relu(x, 0.01),
        ["softplus"] = x => nn.functional.softplus(x),
        ["exp"] = x => x.exp(),
        ["log(x*x+1)"] = x => ((x * x) + 1).log(),
        ["sqrt(x*x+1)"] = x => ((x * x) + 1).sqrt(),
        ["pow(x,3)"] = x => x.pow(3),
        ["softmax(dim=1)"] = x => x.softmax(1),
        ["log_softmax(dim=1)"] = x => x.log_softmax(1),
        ["logsumexp(dim=1)"] = x => x.logsumexp(1),
        ["normalize(dim=1)"] = x => x / x.norm(1, true).clamp_min(1e-12),
        ["layer_norm(5)"] = x => nn.functional.layer_norm(x, [5]),
        ["mean(dim=0)"] = x => x.mean([0]),
        ["var(dim=1)"] = x => x.var(1),
        ["std(dim=1)"] = x => x.std(1),
        ["sum(dim=1,keepdim)"] = x => x.sum(1, true),
        ["norm"] = x => x.norm(),
        ["max(dim=1).values"] = x => x.max(1).values,
        ["clamp(-0.5,0.5)"] = x => x.clamp(-0.5, 0.5),
        ["abs"] = x => x.abs(),
        ["cumsum(dim=1)"] = x => x.cumsum(1),
        ["max_pool2d(2)"] = x => nn.functional.max_pool2d(x, 2),
        ["avg_pool2d(2)"] = x => nn.AvgPool2d(2).call(x),
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
        entry => s_unary.ContainsKey(Name(entry)),
        entry =>
        {
            var x = Figures.Tensor(entry.GetProperty("input"), gradient: true);
            var y = s_unary[Name(entry)](x);
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
        entry => Name(entry) == "triplet_margin_loss(margin=1)",
        entry =>
        {
            var inputs = new[] { "anchor", "positive", "negative" }.Select(n => Figures.Tensor(entry.GetProperty(n), gradient: true)).ToArray();
            // ‖a - b + ε‖, as PyTorch measures pairs.
            Tensor Distance(Tensor a, Tensor b) => (a - b + 1e-6).norm(1);
            var y = (Distance(inputs[0], inputs[1]) - Distance(inputs[0], inputs[2]) + 1).clamp_min(0).mean();
            Figures.Close(entry.GetProperty("output"), y, "triplet_margin_loss");
            var gradients = autograd.grad([y], inputs);
            Figures.Close(entry.GetProperty("grad_anchor"), gradients[0], "gradient by the anchor");
            Figures.Close(entry.GetProperty("grad_positive"), gradients[1], "gradient by the positive");
            Figures.Close(entry.GetProperty("grad_negative"), gradients[2], "gradient by the negative");
        });

    [ConformanceFact(File)]
    public void Batch_normalisation_agrees_with_PyTorch() => ForEach(
        entry => Name(entry).StartsWith("BatchNorm2d(3)", StringComparison.Ordinal),
        entry =>
        {
            using var module = nn.BatchNorm2d(3);
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
                s_unary.ContainsKey(name) || s_binary.ContainsKey(name) || name is "cross_entropy" or "triplet_margin_loss(margin=1)"
                || name.StartsWith("BatchNorm2d(3)", StringComparison.Ordinal),
                $"The reference file names an operator that is not compared: {name}");
        }
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
