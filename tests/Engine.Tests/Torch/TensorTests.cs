using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>What every program with tensors writes: numbers on either side of an operator, comparisons and masks, elements and properties.</summary>
[Collection(SerialCollection.Name)]
public class TensorTests
{
    [Fact]
    public void Numbers_stand_on_either_side_of_an_operator()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f, 4f });

        Assert.Equal([3f, 4f, 6f], Floats(2 + x));
        Assert.Equal([-1f, 0f, 2f], Floats(x - 2));
        Assert.Equal([1f, 0f, -2f], Floats(2 - x));
        Assert.Equal([2f, 4f, 8f], Floats(2 * x));
        Assert.Equal([2f, 1f, 0.5f], Floats(2 / x));
        Assert.Equal([-1f, -2f, -4f], Floats(-x));
        Tensor single = 2f, twice = 2.0, whole = 2L;
        Assert.Equal([float32, float64, int64], [single.dtype, twice.dtype, whole.dtype]);
    }

    [Fact]
    public void Comparisons_give_masks()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f, 3f });
        var y = tensor(new[] { 3f, 2f, 1f });

        Assert.Equal([true, false, false], Bools(x < y));
        Assert.Equal([true, true, false], Bools(x <= 2));
        Assert.Equal([true, true, false], Bools(2 >= x));
        Assert.Equal([false, false, true], Bools(x > y));
        Assert.Equal([false, true, true], Bools(x >= 2));
        Assert.Equal([true, false, false], Bools(2 > x));
        Assert.Equal([false, true, false], Bools(x == y));
        Assert.Equal([true, false, true], Bools(x != 2));
        Assert.Equal([false, false, true], Bools(2 < x));
        Assert.Equal([false, true, true], Bools(2 <= x));
        Assert.Equal([false, true, false], Bools(2 == x));
        Assert.Equal([true, false, true], Bools(2 != x));
        Assert.Equal([true, false, true], Bools(x != y));
        Assert.Equal([true, true, false], Bools(x <= y));
        Assert.Equal([true, false, true], Bools(tensor(new[] { true, false, true }) & tensor(true)));
        Assert.Equal([false, true, true], Bools((x > 1) & (y < 3)));
        Assert.Equal([true, false, true], Bools((x < 2) | (y < 2)));
        Assert.Equal([true, false, false], Bools(~(x >= y)));
        Assert.True((x > 2).any().item<bool>());
        Assert.Equal([1f, 9f, 3f], Floats(x.masked_fill_(x == 2, 9)));
    }

    [Fact]
    public void What_is_not_a_number_is_found()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, double.NaN, double.PositiveInfinity });

        Assert.Equal([false, true, false], Bools(x.isnan()));
        Assert.Equal([true, false, false], Bools(x.isfinite()));
        Assert.True(x.allclose(x.clone(), equal_nan: true));
        Assert.False(x.allclose(x.clone()));
    }

    [Fact]
    public void Sizes_are_given_one_by_one_or_together()
    {
        using var scope = NewDisposeScope();
        long n = 2;

        Assert.All([zeros(n), ones(n), empty(n), rand(n), randn(n)], x => Assert.Equal([2], x.shape));
        Assert.All([zeros(n, n), ones(n, n), empty(n, n), rand(n, n), randn(n, n)], x => Assert.Equal([2, 2], x.shape));
        Assert.All([zeros(n, 1, n), ones(n, 1, n), empty(n, 1, n), rand(n, 1, n), randn(n, 1, n)], x => Assert.Equal([2, 1, 2], x.shape));
        Assert.All([zeros(n, 1, 3, n), ones(n, 1, 3, n), empty(n, 1, 3, n), rand(n, 1, 3, n), randn(n, 1, 3, n)], x => Assert.Equal([2, 1, 3, 2], x.shape));
        Assert.All([zeros(2, 0), ones(2, 0), empty(2, 0), rand(2, 0), randn(2, 0)], x => Assert.Equal([2, 0], x.shape));
        long[] sizes = [1, 2, 1, 2, 1];
        Assert.All([zeros(sizes), ones(sizes), empty(sizes), rand(sizes), randn(sizes)], x => Assert.Equal(sizes, x.shape));
    }

    [Fact]
    public void A_tensor_tells_its_form()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        Assert.Equal(2, x.ndim);
        Assert.Equal(3, x.size(-1));
        Assert.Equal(6, x.NumberOfElements);
        Assert.True(x.is_floating_point());
        Assert.True(x.is_leaf);
        Assert.Equal("cpu", x.device.ToString());
        Assert.Equal(x.shape.Reverse(), x.T.shape);
        Assert.False(x.@long().is_floating_point());
        Assert.Equal(torch.@bool, x.@bool().dtype);
        Assert.Equal(ScalarType.Float64, x.@double().dtype);
        Assert.Contains("[2x3]", x.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_are_read_and_written_by_their_places()
    {
        using var scope = NewDisposeScope();
        var x = arange(24L).reshape(2, 3, 4);
        x[1, 2, 3] = tensor(-1L);
        x[0, 1] = zeros(4, ScalarType.Int64);

        Assert.Equal(-1, x[1, 2, 3].ToInt64());
        Assert.Equal([8L, 9L], x[0, 2, ..2].data<long>().ToArray());
        Assert.Equal(-1, x.data<long>()[1, 2, 3]);
        Assert.Equal(24, x.data<long>().Count);
        Assert.Equal(7f, x.unsqueeze(0)[0, 0, 2, 3].type(ScalarType.Float32).ToSingle() - 4);
    }

    [Fact]
    public void Filling_in_place_keeps_the_tensor()
    {
        using var scope = NewDisposeScope();
        var x = full([2], 3f);
        var y = x.fill_(2).add_(ones(2), 3).sub_(1).clamp_(0, 3.5);

        Assert.Equal([3.5f, 3.5f], Floats(x));
        Assert.Equal([0f, 0f], Floats(y.zero_()));
        Assert.Equal(x.data<float>().ToArray(), y.data<float>().ToArray());
        Assert.NotEqual(0f, x.normal_(0, 1, new Generator(1)).norm().ToSingle());
    }

    [Fact]
    public void Functions_have_the_names_of_methods()
    {
        using var scope = NewDisposeScope();
        var x = rand([2, 2], generator: new Generator(2)) + 0.1;

        Same(x.exp(), exp(x));
        Same(x.log(), log(x));
        Same(x.sqrt(), sqrt(x));
        Same(x.abs(), abs(-x));
        Same(x.square(), square(x));
        Same(x.square(), pow(x, 2));
        Same(x.tanh(), tanh(x));
        Same(x.sum(), sum(x));
        Same(x.mean(), mean(x));
        Same(x.sum(), x.sum([0, 1]));
        Same(x.norm(), norm(x));
        Same(x.matmul(x), matmul(x, x));
        Same(x.flatten(), flatten(x));
        Assert.Equal(x.shape, randn_like(x).shape);
        Assert.False(cuda_is_available() && device("cpu").type == DeviceType.CUDA);
    }

    private static void Same(Tensor expected, Tensor actual) => Assert.Equal(Floats(expected), Floats(actual));

    private static float[] Floats(Tensor tensor) => tensor.data<float>().ToArray();

    private static bool[] Bools(Tensor tensor) => tensor.data<bool>().ToArray();
}
