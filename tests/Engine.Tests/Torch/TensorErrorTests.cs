using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Wrong use says what is wrong: errors of libtorch are ExternalExceptions, those of handles InvalidOperation or Argument ones.</summary>
[Collection(SerialCollection.Name)]
public class TensorErrorTests
{
    private static readonly Dictionary<string, (Func<object> Act, string[] Says)> s_shapes = new()
    {
        ["mm"] = (() => ones(2, 3).mm(ones(4, 5)), ["mat1 and mat2 shapes cannot be multiplied", "2x3 and 4x5"]),
        ["matmul"] = (() => ones(2, 3).matmul(ones(4, 5)), ["2x3 and 4x5"]),
        ["bmm"] = (() => ones(2, 3, 4).bmm(ones(2, 3, 4)), ["batch2", "[2, 4]", "[2, 3]"]),
        ["add"] = (() => ones(2, 3) + ones(4, 5), ["size of tensor a (3)", "tensor b (5)", "dimension 1"]),
        ["linear"] = (() => nn.functional.linear(ones(2, 3), ones(4, 5)), ["2x3 and 5x4"]),
        ["Linear"] = (() => nn.Linear(3, 2).call(ones(2, 4)), ["2x4 and 3x2"]),
        ["conv2d"] = (
            () => nn.functional.conv2d(ones(1, 2, 5, 5), ones(4, 3, 3, 3)), ["weight of size [4, 3, 3, 3]", "[1, 2, 5, 5]", "3 channels", "got 2 channels"]),
        ["conv2d, small image"] = (() => nn.functional.conv2d(ones(1, 3, 2, 2), ones(4, 3, 3, 3)), ["(2 x 2)", "(3 x 3)"]),
        ["conv2d, no image"] = (() => nn.functional.conv2d(ones(5, 5), ones(4, 3, 3, 3)), ["conv2d", "[5, 5]"]),
        ["conv_transpose2d"] = (
            () => nn.functional.conv_transpose2d(ones(1, 2, 5, 5), ones(4, 3, 3, 3)), ["weight of size [4, 3, 3, 3]", "[1, 2, 5, 5]", "4 channels"]),
        ["mse_loss"] = (() => nn.functional.mse_loss(ones(2, 3), ones(4, 5)), ["size of tensor a (3)", "tensor b (5)"]),
        ["view"] = (() => ones(2, 3).view(7), ["shape '[7]'", "size 6"]),
        ["view of a transposed"] = (() => ones(2, 3).t().view(6), ["view size is not compatible"]),
        ["reshape"] = (() => ones(2, 3).reshape(4, -1), ["shape '[4, -1]'", "size 6"]),
        ["expand"] = (() => ones(2, 3).expand(4, 3), ["expanded size of the tensor (4)", "existing size (2)"]),
        ["cat"] = (() => cat([ones(2, 3), ones(2, 4)], 0), ["Sizes of tensors must match except in dimension 0"]),
        ["stack"] = (() => stack([ones(2, 3), ones(2, 4)], 0), ["stack expects each tensor to be equal size", "[2, 3]", "[2, 4]"]),
        ["sum over a dimension"] = (() => ones(2, 3).sum(2), ["Dimension out of range", "[-2, 1]", "got 2"]),
        ["transpose"] = (() => ones(2, 3).transpose(0, 2), ["Dimension out of range"]),
        ["copy_"] = (() => ones(2, 3).copy_(ones(4, 5)), ["(3)", "(5)"]),
        ["index"] = (() => ones(2, 3)[5], ["index 5", "dimension 0", "size 2"]),
        ["inv"] = (() => linalg.inv(ones(2, 3)), ["linalg.inv", "2 by 3"]),
        ["svdvals"] = (() => linalg.svdvals(ones(2)), ["linalg.svd", "at least 2 dimensions"]),
    };

    public static TheoryData<string> Shapes => [.. s_shapes.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Shapes_that_do_not_fit_are_named(string name)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => { _ = s_shapes[name].Act(); });
        Assert.All(s_shapes[name].Says, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Backward_needs_a_scalar()
    {
        using var x = ones(2).requires_grad_();
        Assert.Contains("scalar outputs", Assert.Throws<ExternalException>(() => (x * 2).backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_needs_something_that_requires_gradients() =>
        Assert.Contains("does not require grad", Assert.Throws<ExternalException>(() => ones(2).sum().backward()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_freed_graph_is_not_gone_through_again()
    {
        using var x = ones(2).requires_grad_();
        using var y = (x * x).sum();
        y.backward();
        Assert.Contains("a second time", Assert.Throws<ExternalException>(y.backward).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_retained_graph_is()
    {
        using var x = ones(2).requires_grad_();
        using var y = (x * x).sum();
        y.backward(retain_graph: true);
        Assert.Equal([2f, 2f], autograd.grad([y], [x])[0].data<float>().ToArray());
    }

    [Fact]
    public void What_backward_needs_must_not_change_meanwhile()
    {
        using var x = ones(2).requires_grad_();
        using var y = x.exp();
        using var loss = y.sum();
        y.add_(1);
        using var changed = y.sum();
        Assert.Contains("modified by an inplace operation", Assert.Throws<ExternalException>(changed.backward).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_that_requires_gradients_is_not_changed_in_place()
    {
        using var x = ones(2).requires_grad_();
        Assert.Contains("leaf", Assert.Throws<ExternalException>(() => x.add_(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_was_not_used_has_no_gradient()
    {
        using var x = ones(2).requires_grad_();
        using var unused = ones(2).requires_grad_();
        using var y = x.sum();
        Assert.Contains("not have been used", Assert.Throws<ExternalException>(() => autograd.grad([y], [unused])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_tensor_is_not_used()
    {
        var x = ones(2);
        x.Dispose();
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x.add(1));
        Assert.Throws<InvalidOperationException>(() => ones(2).add(x));
        Assert.Throws<InvalidOperationException>(() => x.shape);
        Assert.Throws<InvalidOperationException>(() => x.sum());
        Assert.Throws<InvalidOperationException>(() => nn.functional.linear(ones(1, 2), x));
    }

    [Fact]
    public void Only_one_element_is_an_item() => Assert.Throws<ArgumentException>(() => ones(2).item<float>());

    [Fact]
    public void Elements_are_read_as_what_they_are()
    {
        Assert.Throws<ArgumentException>(() => ones(1).item<double>());
        Assert.Throws<ArgumentException>(() => ones(1).data<long>());
    }

    [Fact]
    public void Whole_numbers_have_no_gradients() =>
        Assert.Throws<ExternalException>(() => tensor(new long[] { 1, 2 }).requires_grad_());

    [Fact]
    public void Targets_are_classes_that_exist()
    {
        var log = ones(2, 3);
        Assert.ThrowsAny<Exception>(() => nn.functional.cross_entropy(log, tensor(new long[] { 5, 1 })));
        Assert.Throws<ExternalException>(() => nn.functional.cross_entropy(log, tensor(new long[] { 1 })));
    }

    [Fact]
    public void Places_outside_a_tensor_are_refused()
    {
        Assert.ThrowsAny<Exception>(() => ones(2, 3).index_select(0, tensor(new long[] { 5 })));
        Assert.ThrowsAny<Exception>(() => ones(2, 3).gather(0, tensor(new long[,] { { 5 } })));
        Assert.Throws<ExternalException>(() => ones(2, 3).gather(0, ones(2, 3)));
    }

    [Fact]
    public void A_state_dict_must_fit()
    {
        using var module = nn.Linear(3, 2);
        using var wide = nn.Linear(4, 2);
        Assert.Throws<ExternalException>(() => module.load_state_dict(wide.state_dict()));
        var incomplete = nn.Linear(3, 2).state_dict();
        incomplete.Remove("bias");
        Assert.Throws<InvalidOperationException>(() => module.load_state_dict(incomplete));
    }

    [Fact]
    public void What_this_engine_lacks_it_says()
    {
        Assert.ThrowsAny<Exception>(() => ones(2, device: new Device(DeviceType.CUDA, 0)));
        // An engine has half precision, or names it.
        var error = Record.Exception(() => ones(2, dtype: ScalarType.Float16));
        Assert.True(error is null || (error is NotSupportedException && error.Message.Contains("Float16", StringComparison.Ordinal)));
    }

    [StandinFact]
    public void What_it_would_leave_out_it_refuses()
    {
        using var layer = nn.Linear(2, 2);
        using var optimizer = optim.SGD(layer.parameters(), 0.1);
        Assert.Throws<NotSupportedException>(() => ones(2, names: ["row"]));
        Assert.Throws<NotSupportedException>(() => tensor(new[] { 1f }, names: ["row"]));
        Assert.Throws<NotSupportedException>(() => optim.lr_scheduler.StepLR(optimizer, 2, verbose: true));
    }

    [Fact]
    public void A_failed_backward_leaves_nothing_behind()
    {
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var x = ones(3).requires_grad_();
            var y = x.exp();
            var z = (y * 2).sum();
            using (no_grad())
                y.add_(1);
            Assert.Throws<ExternalException>(z.backward);
            Assert.Equal([4f, 4f, 4f], autograd.grad([(x * 4).sum()], [x])[0].data<float>().ToArray());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
