using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Who lets go of tensors, and how they are counted.</summary>
[Collection(SerialCollection.Name)]
public class DisposeTests
{
    [Fact]
    public void A_scope_disposes_what_its_thread_made_in_it()
    {
        var before = Tensor.TotalCount;
        Tensor inside;
        using (NewDisposeScope())
        {
            inside = ones(3) + ones(3);
            Assert.Equal(before + 3, Tensor.TotalCount);
        }
        Assert.True(inside.IsInvalid);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_moved_tensor_lives_as_long_as_the_outer_scope()
    {
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
                moved = ones(3).MoveToOuterDisposeScope();
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void A_detached_tensor_belongs_to_no_scope()
    {
        Tensor detached;
        using (NewDisposeScope())
            detached = ones(3).DetachFromDisposeScope();
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void A_scope_keeps_what_it_is_told_to_keep()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (ones(2), ones(2));
        scope.DisposeEverythingBut(a);
        Assert.False(a.IsInvalid);
        Assert.True(b.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void A_scope_hands_on_and_lets_go_of_what_it_is_asked_to()
    {
        using var outer = NewDisposeScope();
        Tensor moved, detached, gone;
        using (var inner = NewDisposeScope())
        {
            moved = inner.MoveToOuter(ones(2));
            detached = inner.Detach(ones(2));
            gone = ones(2);
            inner.DisposeEverything();
        }
        Assert.False(moved.IsInvalid);
        Assert.True(gone.IsInvalid);
        Assert.Equal(1, outer.DisposablesCount);
        detached.Dispose();
    }

    [Fact]
    public void Statistics_tell_what_became_of_tensors()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        Tensor kept;
        using (NewDisposeScope())
        {
            var a = ones(2);
            kept = (a + a).DetachFromDisposeScope();
            a.Dispose();
            _ = ones(1);
        }
        Assert.Equal(
            (3, 0, 1, 2, 1),
            (statistics.CreatedInScopeCount, statistics.CreatedOutsideScopeCount, statistics.DetachedFromScopeCount, statistics.DisposedInScopeCount,
                statistics.ThreadTotalLiveCount));
        kept.Dispose();
    }

    [Fact]
    public void Modules_keep_their_parameters_when_a_scope_ends()
    {
        nn.Module<Tensor, Tensor> module;
        using (NewDisposeScope())
            module = nn.Sequential(nn.Linear(2, 3), nn.ReLU());
        Assert.All(module.parameters(), p => Assert.False(p.IsInvalid));
        module.Dispose();
    }

    [Fact]
    public void A_parameter_takes_over_its_tensor()
    {
        var data = ones(2);
        using var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using var module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3));
        using var optimizer = optim.Adam(module.parameters(), 0.01);
        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.cross_entropy(module.call(rand(5, 1, 4, 4)), zeros([5], ScalarType.Int64)).backward();
            optimizer.step();
        }

        Step();
        var before = Tensor.TotalCount;
        for (var step = 0; step < 3; step++)
            Step();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Tensors_may_be_disposed_on_another_thread()
    {
        var before = Tensor.TotalCount;
        var tensors = Enumerable.Range(0, 8).Select(_ => ones(4)).ToArray();
        Parallel.ForEach(tensors, t => t.Dispose());
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_view_outlives_the_tensor_it_looks_at()
    {
        using var whole = arange(6.0);
        using var part = whole.narrow(0, 2, 3);
        whole.Dispose();
        using var other = zeros(6);
        Assert.Equal([2f, 3f, 4f], part.data<float>().ToArray());
    }

    [Fact]
    public void Backward_works_on_what_its_user_has_disposed_of()
    {
        using var x = tensor(new[] { 1f, 2f }).requires_grad_();
        var square = x * x;
        using var sum = square.sum();
        square.Dispose();
        using var unrelated = ones(2) * 9;
        Assert.Equal([2f, 4f], autograd.grad([sum], [x])[0].data<float>().ToArray());
    }
}
