using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Indices, sorting and joining, with results that can be read off.</summary>
[Collection(SerialCollection.Name)]
public class IndexingTests
{
    private static readonly float[] s_numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

    [Fact]
    public void Numbers_and_slices_pick_views()
    {
        using var x = Table();
        Assert.Equal([4f, 5f, 6f, 7f], Values(x[1]));
        Assert.Equal(11f, x[2, 3].item<float>());
        Assert.Equal([1f, 5f], Values(x[TensorIndex.Slice(null, 2), 1]));
        Assert.Equal([2f, 3f, 6f, 7f, 10f, 11f], Values(x[TensorIndex.Ellipsis, TensorIndex.Slice(-2)]));
        Assert.Equal([1L, 3L, 4L], x[TensorIndex.None].shape);
    }

    [Fact]
    public void Tensors_pick_copies()
    {
        using var x = Table();
        Assert.Equal([8f, 9f, 10f, 11f, 0f, 1f, 2f, 3f], Values(x[tensor(new long[] { 2, 0 })]));
        Assert.Equal([1f, 11f], Values(x[tensor(new long[] { 0, 2 }), tensor(new long[] { 1, 3 })]));
        Assert.Equal([10f, 11f], Values(x[x.gt(9)]));
        Assert.Equal([3f, 0f, 7f, 4f, 11f, 8f], Values(x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 3, 0 }))]));
    }

    [Fact]
    public void Assignment_writes_to_what_is_named()
    {
        using var x = Table();
        x[0] = ones(4);
        x[TensorIndex.Colon, 3] = tensor(-1f);
        x[x.gt(8)] = tensor(0f);
        Assert.Equal([1f, 1f, 1f, -1f, 4f, 5f, 6f, -1f, 8f, 0f, 0f, -1f], Values(x));
    }

    [Fact]
    public void Messages_are_added_up_at_their_nodes()
    {
        using var nodes = zeros(3, 2);
        nodes.index_add_(0, tensor(new long[] { 2, 0, 2 }), tensor(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }), 1);
        Assert.Equal([3f, 4f, 0f, 0f, 6f, 8f], Values(nodes));
        Assert.Equal([0f, 5f, 0f], Values(zeros(3).scatter_add(0, tensor(new long[] { 1, 1 }), tensor(new[] { 2f, 3f }))));
    }

    [Fact]
    public void The_largest_and_running_sums()
    {
        using var x = tensor(new[] { 3f, 1f, 2f, 1f });
        Assert.Equal(0, x.argmax().item<long>());
        Assert.Equal(1f, x.min().item<float>());
        Assert.Equal([0L, 0L], x.view(2, 2).argmax(1).data<long>().ToArray());
        Assert.Equal([3f, 4f, 6f, 7f], Values(x.cumsum(0)));
    }

    [Fact]
    public void Joining_and_parting_are_inverse()
    {
        using var x = Table();
        Assert.Equal(s_numbers, Values(cat(x.split(2, 1), 1)));
        Assert.Equal(s_numbers, Values(stack(x.unbind(0))));
        Assert.Equal([2L, 3L, 4L], stack([x, x]).shape);
    }

    [Fact]
    public void Views_share_their_elements()
    {
        using var x = Table();
        using var row = x.t().select(1, 1);
        row.mul_(0);
        Assert.Equal([0f, 0f, 0f, 0f], Values(x[1]));
        Assert.Equal([1L, 4L], x.t().stride());
        Assert.False(x.t().is_contiguous());
    }

    [Fact]
    public void Types_are_promoted_as_in_PyTorch()
    {
        using var whole = tensor(new long[] { 1, 2 });
        Assert.Equal(ScalarType.Float32, (whole / 2).dtype);
        Assert.Equal(ScalarType.Float32, (whole + 0.5).dtype);
        Assert.Equal(ScalarType.Int64, (whole * 2).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2) * 2.5).dtype);
        Assert.Equal(ScalarType.Float64, (ones(2) + ones(2, dtype: ScalarType.Float64)).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2) + ones([], dtype: ScalarType.Float64)).dtype);
        Assert.Equal(ScalarType.Int64, whole.gt(1).sum().dtype);
    }

    private static Tensor Table() => tensor(s_numbers).reshape(3, 4).clone();

    private static float[] Values(Tensor x) => x.data<float>().ToArray();
}
