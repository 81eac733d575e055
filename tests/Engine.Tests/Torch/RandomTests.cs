using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Random numbers beyond the reference file: figures of PyTorch 2.10 on an AMD processor, and what holds of any.</summary>
[Collection(SerialCollection.Name)]
public class RandomTests
{
    [Fact]
    public void Uniform_numbers_in_double_precision()
    {
        manual_seed(0);
        Assert.Equal([1.910159005419659, 1.1234595931993638, 0.3781488293823526], empty(3, dtype: ScalarType.Float64).uniform_(-1, 2).data<double>().ToArray());
    }

    [Fact]
    public void Uniform_numbers_between_bounds()
    {
        manual_seed(0);
        Assert.Equal([0.19625658f, 0.46822178f, -0.21152258f, -0.16796952f, 0.007422805f], empty(5).uniform_(-0.3, 0.7).data<float>().ToArray());
    }

    [Fact]
    public void Normal_numbers_in_double_precision_one_by_one_and_in_blocks()
    {
        manual_seed(0);
        Close([1.5409961082440433, -0.2934289057609464, -2.1787893820745574], randn(3, dtype: ScalarType.Float64));
        Close([-0.8840250045832653, 0.2102998901016947, 0.17718935139366584], randn(17, dtype: ScalarType.Float64).narrow(0, 0, 3));
    }

    [StandinFact]
    public void Bernoulli_numbers()
    {
        // On Intel processors PyTorch draws these from MKL, so the figures hold for this engine only.
        manual_seed(0);
        Assert.Equal(
            "0000001001010000010010101000010011000000", string.Concat(empty(40).bernoulli_(0.3).data<float>().ToArray().Select(v => (int)v)));
        Assert.Equal([0.034022927f, 0.94424623f], rand(2).data<float>().ToArray());
    }

    [StandinFact]
    public void Dropout_draws_the_same_numbers()
    {
        manual_seed(0);
        var kept = nn.functional.dropout(ones(20), 0.3).data<float>().ToArray();
        Assert.Equal("00101011111111111110", string.Concat(kept.Select(v => v > 0 ? 1 : 0)));
        Assert.All(kept, v => Assert.True(v == 0 || v == 1.4285715f));
    }

    [Fact]
    public void Dropout_keeps_everything_out_of_training()
    {
        using var module = nn.Dropout(0.5);
        module.eval();
        Assert.Equal(ones(10).data<float>().ToArray(), module.call(ones(10)).data<float>().ToArray());
    }

    [Fact]
    public void Generators_do_not_disturb_each_other()
    {
        manual_seed(3);
        using var own = new Generator(5);
        var first = rand(4).data<float>().ToArray();
        manual_seed(3);
        rand(7, generator: own);
        Assert.Equal(first, rand(4).data<float>().ToArray());
        Assert.Equal(5, own.initial_seed());
        Assert.Equal([1L, 3L, 0L, 4L, 2L], randperm(5, generator: new Generator(5)).data<long>().ToArray());
    }

    private static void Close(double[] expected, Tensor actual) => Figures.Close(expected, actual, "normal numbers", 1e-12, 1e-14);
}
