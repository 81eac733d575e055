using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Every operator's gradient against central differences, on random shapes of a fixed seed, in double precision.</summary>
[Collection(SerialCollection.Name)]
public class GradientTests
{
    private const double Step = 1e-5;

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_one = new()
    {
        ["relu"] = x => x.relu(),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["gelu"] = x => x.gelu(),
        ["leaky_relu"] = x => nn.functional.leaky_relu(x, 0.1),
        ["softplus"] = x => nn.functional.softplus(x, 2),
        ["exp"] = x => x.exp(),
        ["log"] = x => x.abs().add(0.5).log(),
        ["sqrt"] = x => x.abs().add(0.5).sqrt(),
        ["square"] = x => x.square(),
        ["abs"] = x => x.abs(),
        ["neg"] = x => -x,
        ["clamp"] = x => x.clamp(-0.51, 0.73),
        ["pow of a number"] = x => x.abs().add(0.5).pow(2.5),
        ["power of a number"] = x => tensor(1.7).pow(x),
        ["division of a number"] = x => 2.0 / x.abs().add(0.5),
        ["sum"] = x => x.sum(),
        ["sum over the first"] = x => x.sum(0L),
        ["sum over the last, kept"] = x => x.sum(-1, true),
        ["mean"] = x => x.mean(),
        ["mean over the last"] = x => x.mean([-1], true),
        ["var"] = x => x.var(false),
        ["var over the last"] = x => x.var(-1, false),
        ["std"] = x => x.exp().std(false),
        ["norm"] = x => x.norm(),
        ["norm 1"] = x => x.norm(1f),
        ["norm 3 over the last"] = x => x.norm(-1, false, 3),
        ["max"] = x => x.max(),
        ["min over the last"] = x => x.min(-1).values,
        ["amax"] = x => x.amax([0]),
        ["logsumexp"] = x => x.logsumexp(-1),
        ["softmax"] = x => x.softmax(0),
        ["log_softmax"] = x => x.log_softmax(-1),
        ["cumsum"] = x => x.cumsum(0),
        ["reshape"] = x => x.reshape(-1),
        ["transpose"] = x => x.transpose(0, -1) * 2,
        ["reshape of a transposed"] = x => x.transpose(0, -1).reshape(-1).exp(),
        ["permute"] = x => x.permute([.. Enumerable.Range(0, (int)x.dim()).Reverse().Select(d => (long)d)]).exp(),
        ["unsqueeze and squeeze"] = x => x.unsqueeze(0).squeeze(0),
        ["expand"] = x => x.unsqueeze(0).expand([3, .. x.shape]),
        ["narrow"] = x => x.narrow(-1, x.shape[^1] - 1, 1),
        ["slice with a step"] = x => x.slice(0, 0, x.shape[0], 2),
        ["select"] = x => x.select(0, -1),
        ["index with a slice"] = x => x[TensorIndex.Ellipsis, TensorIndex.Slice(0, 1)],
        ["index with a tensor"] = x => x[tensor(new long[] { 0, 0, -1 })],
        ["index with a mask"] = x => x[x.detach().gt(0)],
        ["masked_select"] = x => x.masked_select(x.detach().lt(0.3)),
        ["masked_fill"] = x => x.masked_fill(x.detach().lt(0.3), 2),
        ["chunk and cat"] = x => cat(x.chunk(2, 0).Select(c => c.exp()).ToArray(), 0),
        ["split and stack"] = x => stack(x.split(1, 0).Select(c => c.tanh()), -1),
        ["clone"] = x => x.clone().exp(),
        ["flatten"] = x => x.flatten(),
        ["layer_norm"] = x => nn.functional.layer_norm(cat([x, x.tanh() + 1], -1), [2 * x.shape[^1]], null, null, 0.1),
        ["in place"] = x => x.clone().mul_(x).add_(1.5).sigmoid_().mul(x),
        ["division in place"] = x => x.clone().div_(x.abs().add(0.5)),
        ["sigmoid in place"] = x => x.mul(2).sigmoid_(),
        ["put in place"] = x => Put(x.clone(), x),
        ["index_add"] = x => zeros_like(x).index_add(0, zeros([x.shape[0]], ScalarType.Int64), x.exp(), 2),
        ["scatter_add"] = x => x.exp().scatter_add(0, zeros(x.shape, ScalarType.Int64), x.tanh()),
        ["scatter"] = x => x.exp().scatter(0, zeros([1, .. x.shape[1..]], ScalarType.Int64), x.tanh().narrow(0, 0, 1)),
        ["used twice"] = x => x * x.exp() + x.sum(),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> s_two = new()
    {
        ["add"] = (a, b) => a + b,
        ["sub"] = (a, b) => a - b,
        ["mul"] = (a, b) => a * b,
        ["div"] = (a, b) => a / (b.abs() + 0.5),
        ["pow"] = (a, b) => a.abs().add(0.5).pow(b),
        ["maximum"] = (a, b) => a.maximum(b),
        ["minimum"] = (a, b) => a.minimum(b),
        ["where"] = (a, b) => torch.where(a.detach().gt(b.detach()), a, b * 2),
        ["mse_loss"] = (a, b) => nn.functional.mse_loss(a, b.expand_as(a)),
        ["mse_loss, not reduced"] = (a, b) => nn.functional.mse_loss(a, b.expand_as(a), nn.Reduction.None),
        ["l1_loss"] = (a, b) => nn.functional.l1_loss(a, b.expand_as(a)),
        ["smooth_l1_loss"] = (a, b) => nn.functional.smooth_l1_loss(a, b.expand_as(a), nn.Reduction.Sum, 0.7),
        ["cosine_similarity"] = (a, b) => nn.functional.cosine_similarity(a, b.expand_as(a), -1),
        ["binary_cross_entropy"] = (a, b) => nn.functional.binary_cross_entropy(a.sigmoid(), b.expand_as(a).sigmoid()),
        ["binary_cross_entropy_with_logits"] = (a, b) => nn.functional.binary_cross_entropy_with_logits(a, b.expand_as(a).sigmoid(), pos_weights: tensor(1.5)),
        ["kl_div"] = (a, b) => nn.functional.kl_div(a.log_softmax(-1), b.expand_as(a).softmax(-1), false),
        ["kl_div of logarithms"] = (a, b) => nn.functional.kl_div(a.log_softmax(-1), b.expand_as(a).log_softmax(-1), true, nn.Reduction.Sum),
        ["cdist"] = (a, b) => cdist(a.reshape(-1, 1), b.reshape(-1, 1) + 5),
        ["cat"] = (a, b) => cat([a, b.expand_as(a)], 0).exp(),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_square = new()
    {
        ["svdvals"] = x => linalg.svdvals(x + Spread(x)),
        ["eigvalsh"] = x => linalg.eigvalsh(x + x.mT + Spread(x)),
        ["slogdet"] = x => linalg.slogdet(x + Shift(x)).Item2,
        ["inv"] = x => linalg.inv(x + Shift(x)),
        ["nuclear norm"] = x => linalg.matrix_norm(x + Spread(x), "nuc"),
        ["matmul"] = x => x.matmul(x.tanh()),
        ["matmul of a transposed"] = x => x.mT.matmul(x),
        ["matmul with a vector"] = x => x.matmul(x.select(-1, 0).unsqueeze(-1)).squeeze(-1),
        ["bmm"] = x => x.unsqueeze(0).bmm(x.exp().unsqueeze(0)),
        ["linear"] = x => nn.functional.linear(x.tanh(), x, x.select(0, 0)),
    };

    public static TheoryData<string> One => [.. s_one.Keys];

    public static TheoryData<string> Two => [.. s_two.Keys];

    public static TheoryData<string> Square => [.. s_square.Keys];

    [Theory]
    [MemberData(nameof(One))]
    public void Of_one_tensor(string name) => Property(Shapes(), 6, (shape, seed) => Check(name, [Values(shape, seed)], x => s_one[name](x[0])));

    [Theory]
    [MemberData(nameof(Two))]
    public void Of_two_tensors_that_broadcast(string name) => Property(Shapes(), 6, (shape, seed) =>
    {
        // The second tensor repeats along the first dimension, and the third time along all.
        long[] other = (seed % 3) switch { 0 => shape, 1 => [1, .. shape[1..]], _ => [] };
        Check(name, [Values(shape, seed), Values(other, seed + 1)], x => s_two[name](x[0], x[1]));
    });

    [Theory]
    [MemberData(nameof(Square))]
    public void Of_matrices(string name) => Property(
        Gen.Choose(1, 4).Select(n => new long[] { n, n }), 6, (shape, seed) => Check(name, [Values(shape, seed)], x => s_square[name](x[0])));

    /// <summary>The gradient is 1 − tanh², so that near ±1 a unit in the last place of the result is a large part of it.</summary>
    [Fact]
    public void Of_tanh_in_single_precision_near_its_ends()
    {
        using var scope = NewDisposeScope();
        var single = arange(-3.2, 3.2, 6.4 / 9973).requires_grad_(true);
        var exact = single.detach().type(ScalarType.Float64).requires_grad_(true);
        var expected = autograd.grad([(8 * exact.tanh()).sum()], [exact])[0];
        Figures.Close(expected.data<double>().ToArray(), autograd.grad([(8 * single.tanh()).sum()], [single])[0], "gradient of tanh");
    }

    [Fact]
    public void Of_convolutions() => Property(
        Gen.Choose(0, 1 << 20).Select(n => new long[] { 1 + (n % 2), 1 + (n / 2 % 2), 1 + (n / 4 % 3), 1 + (n / 16 % 2), n / 32 % 2, 1 + (n / 64 % 2), n / 128 % 2 }),
        25,
        (choice, seed) =>
        {
            // groups, channels of a group, kernel, stride, padding, dilation, and which way.
            var (groups, width, kernel, stride, padding, dilation) = (choice[0], choice[1], choice[2], choice[3], Math.Min(choice[4], choice[2] - 1), choice[5]);
            var transposed = choice[6] == 1;
            var size = 5 + dilation;
            var (inputs, outputs) = (groups * width, groups * 2);
            Tensor[] tensors =
            [
                Values([2, inputs, size, size], seed),
                Values(transposed ? [inputs, outputs / groups, kernel, kernel] : [outputs, inputs / groups, kernel, kernel], seed + 1),
                Values([outputs], seed + 2),
            ];
            Check(transposed ? "conv_transpose2d" : "conv2d", tensors, x => transposed
                ? nn.functional.conv_transpose2d(x[0], x[1], x[2], [stride, stride], [padding, padding], [stride - 1, stride - 1], [dilation, dilation], groups)
                : nn.functional.conv2d(x[0], x[1], x[2], [stride, stride], [padding, padding], [dilation, dilation], groups));
        });

    [Fact]
    public void Of_modules_and_pooling() => Property(Gen.Constant(new long[] { 2, 3, 4, 6 }), 3, (shape, seed) =>
    {
        Tensor[] x = [Values(shape, seed)];
        Check("max_pool2d", x, t => nn.functional.max_pool2d(t[0], 2));
        Check("AvgPool2d", x, t => nn.AvgPool2d(3, 2, 1).call(t[0]));
        Check("adaptive_avg_pool2d", x, t => nn.functional.adaptive_avg_pool2d(t[0], (3, 2)));
        Check("batch_norm in training", [.. x, Values([3], seed + 1), Values([3], seed + 2)], t =>
            nn.functional.batch_norm(t[0], null!, null!, t[1], t[2], true, 0.1, 0.1));
        Check("batch_norm of rows", [Values([5, 3], seed)], t => nn.functional.batch_norm(t[0], null!, null!, null, null, true, 0.1, 0.1));
        Check("batch_norm in use", x, t => nn.functional.batch_norm(t[0], zeros(3, dtype: ScalarType.Float64), ones(3, dtype: ScalarType.Float64)));
    });

    [Fact]
    public void Of_losses_of_classes() => Property(Gen.Choose(2, 5).Select(n => new long[] { 4, n }), 4, (shape, seed) =>
    {
        var target = randint(0L, shape[1], [4L], generator: new Generator((ulong)seed));
        var weight = rand(shape[1], dtype: ScalarType.Float64, generator: new Generator((ulong)seed)) + 0.5;
        Tensor[] x = [Values(shape, seed)];
        Check("cross_entropy", x, t => nn.functional.cross_entropy(t[0], target));
        Check("weighted cross_entropy", x, t => nn.functional.cross_entropy(t[0], target, weight, 0));
        Check("smoothed cross_entropy", x, t => nn.functional.cross_entropy(t[0], target, label_smoothing: 0.2));
        Check("cross_entropy of probabilities", x, t => nn.functional.cross_entropy(t[0], x[0].softmax(0)));
        Check("nll_loss", x, t => nn.functional.nll_loss(t[0], target, null, nn.Reduction.Sum));
        Check("gather", x, t => t[0].gather(1, target.unsqueeze(1)));
        Check("index_select", x, t => t[0].index_select(1, target));
    });

    private static Gen<long[]> Shapes() =>
        from rank in Gen.Choose(1, 3)
        from sizes in Gen.Choose(1, 4).Select(n => (long)n).ArrayOf(rank)
        select sizes;

    private static void Property(Gen<long[]> shapes, int times, Action<long[], int> holds)
    {
        var cases = from shape in shapes from seed in Gen.Choose(0, 10000) select (shape, seed);
        Prop.ForAll(Arb.From(cases), c =>
        {
            using var scope = NewDisposeScope();
            holds(c.shape, c.seed);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithReplay(new Replay(new Rnd(2025, 7), FSharpOption<int>.None)));
    }

    private static Tensor Values(long[] shape, int seed) => randn(shape, ScalarType.Float64, generator: new Generator((ulong)seed));

    private static Tensor Shift(Tensor x) => eye(x.shape[0], dtype: ScalarType.Float64) * 6;

    // Apart, so that no two singular values or eigenvalues nearly meet, where differences say little.
    private static Tensor Spread(Tensor x) => eye(x.shape[0], dtype: ScalarType.Float64) * arange(1, x.shape[0] + 1, dtype: ScalarType.Float64) * 8;

    private static Tensor Put(Tensor target, Tensor x)
    {
        target[0] = x.select(0, -1).exp();
        return target;
    }

    private static void Check(string name, Tensor[] inputs, Func<Tensor[], Tensor> function)
    {
        var leaves = inputs.Select(t => t.detach().clone().requires_grad_()).ToArray();
        var result = function(leaves);
        if (result.numel() == 0)
            return;
        var weights = randn(result.shape, ScalarType.Float64, generator: new Generator(7));
        var gradients = autograd.grad([result], leaves, [weights], allow_unused: true);
        using var quiet = no_grad();
        for (var i = 0; i < inputs.Length; i++)
        {
            var actual = gradients[i] is { } given ? given.reshape(-1).data<double>().ToArray() : new double[inputs[i].numel()];
            for (var j = 0; j < actual.Length; j++)
            {
                using var scope = NewDisposeScope();
                double At(double step)
                {
                    var moved = inputs.Select(t => t.clone()).ToArray();
                    using var flat = moved[i].view(-1);
                    flat[j] = flat[j] + step;
                    return (function(moved) * weights).sum().item<double>();
                }

                var expected = (At(Step) - At(-Step)) / (2 * Step);
                Assert.True(
                    Math.Abs(actual[j] - expected) <= 1e-6 + (2e-5 * Math.Abs(expected)),
                    $"{name} of shape [{string.Join(", ", inputs[i].shape)}]: the gradient of input {i} at {j} is {actual[j]:R}, differences give {expected:R}");
            }
        }
    }
}
