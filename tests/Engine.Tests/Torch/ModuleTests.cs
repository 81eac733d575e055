using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Modules as users of networks write them: what they compute, and under which names they hold what they learn.</summary>
[Collection(SerialCollection.Name)]
public class ModuleTests
{
    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Module, Func<Tensor, Tensor> Function)> s_functions = new()
    {
        ["Tanh"] = (() => nn.Tanh(), x => x.tanh()),
        ["Sigmoid"] = (() => nn.Sigmoid(), x => x.sigmoid()),
        ["Softplus"] = (() => nn.Softplus(2), x => nn.functional.softplus(x, 2)),
        ["GELU"] = (() => nn.GELU(), x => nn.functional.gelu(x)),
        ["LeakyReLU"] = (() => nn.LeakyReLU(0.1), x => nn.functional.leaky_relu(x, 0.1)),
        ["Identity"] = (() => nn.Identity(), x => x),
        ["MaxPool2d"] = (() => nn.MaxPool2d(2), x => nn.functional.max_pool2d(x, 2)),
        ["AdaptiveAvgPool2d"] = (() => nn.AdaptiveAvgPool2d(3), x => nn.functional.adaptive_avg_pool2d(x, (3, 3))),
    };

    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor, Tensor>> Module, Func<Tensor, Tensor, Tensor> Function)> s_losses = new()
    {
        ["MSELoss"] = (() => nn.MSELoss(nn.Reduction.Sum), (x, t) => nn.functional.mse_loss(x, t, nn.Reduction.Sum)),
        ["L1Loss"] = (() => nn.L1Loss(), (x, t) => nn.functional.l1_loss(x, t)),
        ["SmoothL1Loss"] = (() => nn.SmoothL1Loss(), (x, t) => nn.functional.smooth_l1_loss(x, t)),
        ["BCELoss"] = (() => nn.BCELoss(), (x, t) => nn.functional.binary_cross_entropy(x, t)),
        ["BCEWithLogitsLoss"] = (() => nn.BCEWithLogitsLoss(), (x, t) => nn.functional.binary_cross_entropy_with_logits(x, t)),
        ["KLDivLoss"] = (() => nn.KLDivLoss(false), (x, t) => nn.functional.kl_div(x, t, false)),
        ["CrossEntropyLoss"] = (() => nn.CrossEntropyLoss(), (x, t) => nn.functional.cross_entropy(x, t.argmax(1))),
        ["NLLLoss"] = (() => nn.NLLLoss(), (x, t) => nn.functional.nll_loss(x, t.argmax(1))),
    };

    public static TheoryData<string> Functions => [.. s_functions.Keys];

    public static TheoryData<string> Losses => [.. s_losses.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_module_computes_its_function(string name)
    {
        using var scope = NewDisposeScope();
        using var module = s_functions[name].Module();
        var x = randn([2, 3, 6, 4], generator: new Generator(3));

        Same(s_functions[name].Function(x), module.call(x));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_loss_computes_its_function(string name)
    {
        using var scope = NewDisposeScope();
        using var module = s_losses[name].Module();
        var (x, target) = (rand([5, 4], generator: new Generator(1)), rand([5, 4], generator: new Generator(2)));

        Same(s_losses[name].Function(x, target), module.call(x, name is "CrossEntropyLoss" or "NLLLoss" ? target.argmax(1) : target));
    }

    [Fact]
    public void Batch_normalisation_of_rows_has_zero_mean_and_unit_variance_in_training()
    {
        using var scope = NewDisposeScope();
        using var module = nn.BatchNorm1d(3);
        var normal = module.call((randn([50, 3], generator: new Generator(1)) * 4) + 7);

        Figures.Close(new double[3], normal.mean([0]), "means");
        Figures.Close([1, 1, 1], normal.var(0, false), "variances");
    }

    [Fact]
    public void A_module_holds_its_fields_under_their_names()
    {
        using var module = new Residual();

        Assert.Equal(["scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"], module.named_parameters().Select(p => p.name));
        Assert.Equal(["layers"], module.named_children().Select(child => child.name));
        Assert.Same(module.Layers, module.children().Single());
        Assert.Equal("Residual", module.GetName());
        Assert.Equal(2, module.Layers.Count);
    }

    [Fact]
    public void A_list_of_modules_is_a_list()
    {
        using var scope = NewDisposeScope();
        using var list = nn.ModuleList<nn.Module<Tensor, Tensor>>(nn.Linear(2, 3));
        using var last = nn.Linear(3, 4);
        list.Add(last);
        list.Insert(1, nn.ReLU());

        Assert.Equal([5L, 4L], list.Aggregate(ones(5, 2), (x, layer) => layer.call(x)).shape);
        Assert.Equal(2, list.IndexOf(last));
        list.RemoveAt(1);
        Assert.Same(last, list[1]);
        Assert.True(list.Remove(last));
        Assert.DoesNotContain(last, list);
        list.Clear();
        Assert.Empty(list);
    }

    [Fact]
    public void A_function_applies_to_a_module_and_all_in_it()
    {
        using var module = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2)));
        Assert.Equal((2, 1), (module.Count, ((Sequential)module[1]).Count));
        module.apply(m =>
        {
            if (m is Linear linear)
                nn.init.constant_(linear.weight, 0.5);
        });

        Assert.All(module.named_parameters().Where(p => p.name.EndsWith("weight", StringComparison.Ordinal)), p => Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], p.parameter.data<float>().ToArray()));
    }

    private static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Figures.Close(expected.type(ScalarType.Float64).contiguous().data<double>().ToArray(), actual, "module");
    }

    private sealed class Residual : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<Linear> layers = nn.ModuleList(nn.Linear(3, 4), nn.Linear(4, 3));
        private readonly Parameter scale = nn.Parameter(ones(1));

        public Residual() : base(nameof(Residual)) => RegisterComponents();

        public ModuleList<Linear> Layers => layers;

        public override Tensor forward(Tensor input) => input + (layers[1].call(layers[0].call(input).relu()) * scale);
    }
}
