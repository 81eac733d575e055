using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>The values that <c>nn.init</c> writes, by their definitions. Those drawn take the process-wide generator, as <c>uniform_</c> and <c>normal_</c> do.</summary>
[Collection(SerialCollection.Name)]
public class InitialiserTests
{
    [Fact]
    public void Constants_are_written()
    {
        using var scope = NewDisposeScope();
        var x = empty(2, 3).requires_grad_();

        Assert.Equal([0f, 0f, 0f, 0f, 0f, 0f], Values(nn.init.zeros_(x)));
        Assert.Equal([1f, 1f, 1f, 1f, 1f, 1f], Values(nn.init.ones_(x)));
        Assert.Equal([3f, 3f, 3f, 3f, 3f, 3f], Values(nn.init.constant_(x, 3)));
        Assert.Equal([1f, 0f, 0f, 0f, 1f, 0f], Values(nn.init.eye_(x)));
        Assert.Equal(2 * 3 * 5, nn.init.CalculateFanInAndFanOut(empty(7, 2, 3, 5)).fanIn);
    }

    [Fact]
    public void Xavier_keeps_the_variance_of_both_sides()
    {
        using var scope = NewDisposeScope();
        var bound = 2 * Math.Sqrt(6.0 / (6 + 4));

        Same(x => nn.init.xavier_uniform_(x, 2), x => nn.init.uniform_(x, -bound, bound));
    }

    /// <remarks>PyTorch's rule; official TorchSharp draws these uniformly, with the bound of <c>xavier_uniform_</c>.</remarks>
    [StandinFact]
    public void Xavier_draws_normal_numbers_where_asked()
    {
        using var scope = NewDisposeScope();

        Same(x => nn.init.xavier_normal_(x), x => nn.init.normal_(x, 0, Math.Sqrt(2.0 / (6 + 4))));
    }

    [Fact]
    public void Kaiming_keeps_the_variance_of_one_side()
    {
        using var scope = NewDisposeScope();
        var bound = Math.Sqrt(6 / ((1 + (0.2 * 0.2)) * 6));

        Same(x => nn.init.kaiming_uniform_(x, 0.2), x => nn.init.uniform_(x, -bound, bound));
        Same(x => nn.init.kaiming_normal_(x, 0, nn.init.FanInOut.FanOut, nn.init.NonlinearityType.ReLU), x => nn.init.normal_(x, 0, Math.Sqrt(2.0 / 4)));
    }

    private static void Same(Func<Tensor, Tensor> initialiser, Func<Tensor, Tensor> definition)
    {
        manual_seed(4);
        var actual = Values(initialiser(empty(4, 6)));
        manual_seed(4);
        Assert.Equal(Values(definition(empty(4, 6))), actual);
    }

    private static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();
}
