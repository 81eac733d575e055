using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Runs recorded operations backward.</summary>
internal static class Engine
{
    /// <summary>Whether an operation on this tensor is to be recorded.</summary>
    internal static bool Records(torch.Tensor a) => a.requires_grad && ThreadState.Current.GradEnabled;

    internal static bool Records(torch.Tensor a, torch.Tensor b) => (a.requires_grad || b.requires_grad) && ThreadState.Current.GradEnabled;

    internal static bool Records(torch.Tensor a, torch.Tensor? b, torch.Tensor? c) =>
        (a.requires_grad || b is { requires_grad: true } || c?.requires_grad == true) && ThreadState.Current.GradEnabled;

    internal static bool Records(IReadOnlyList<torch.Tensor> tensors)
    {
        if (!ThreadState.Current.GradEnabled)
            return false;
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].requires_grad)
                return true;
        }
        return false;
    }

    /// <summary>Backward from <paramref name="outputs"/>. Gradients go to the leaves, or to <paramref name="captured"/> where inputs are named.</summary>
    internal static void Run(
        IList<torch.Tensor> outputs, IList<torch.Tensor>? outputGrads, bool retain, IList<torch.Tensor>? inputs, torch.Tensor?[]? captured)
    {
        var state = ThreadState.Current;
        var (grad, outer) = (state.GradEnabled, state.Arena);
        var queue = state.BackwardRuns ? [] : state.SpareQueue;
        var arena = state.BackwardRuns ? [] : state.SpareArena;
        var nested = state.BackwardRuns;
        (state.GradEnabled, state.Arena, state.BackwardRuns) = (false, arena, true);
        try
        {
            for (var i = 0; i < outputs.Count; i++)
                Add(outputs[i].Edge(), Seed(outputs[i], i, outputGrads), queue);
            Sweep(arena);
            var wanted = inputs is null ? null : Wanted(inputs);
            while (queue.Count > 0)
            {
                var node = queue[^1];
                queue.RemoveAt(queue.Count - 1);
                Step(node, queue, arena, retain, wanted, captured);
            }
        }
        finally
        {
            foreach (var node in queue)
            {
                node.Pending?.Dispose();
                (node.Pending, node.IsQueued) = (null, false);
            }
            queue.Clear();
            Sweep(arena);
            (state.GradEnabled, state.Arena, state.BackwardRuns) = (grad, outer, nested);
        }
    }

    /// <summary>Adds a gradient, which is the engine's from here on, to what a node has gathered.</summary>
    internal static void Add(Node target, torch.Tensor gradient, List<Node> queue)
    {
        gradient.IsKept = true;
        if (target.Pending is not { } pending)
        {
            target.Pending = gradient;
        }
        else if (pending.IsContiguous && pending.Buffer.HasOneUser)
        {
            Pointwise.AddInto(pending, gradient);
            gradient.IsKept = false;
        }
        else
        {
            var sum = Pointwise.Sum(pending, gradient);
            sum.IsKept = true;
            target.Pending = sum;
            gradient.IsKept = false;
            pending.Dispose();
        }
        if (target.IsQueued)
            return;
        target.IsQueued = true;
        var at = queue.Count;
        while (at > 0 && queue[at - 1].Depth >= target.Depth)
            at--;
        queue.Insert(at, target);
    }

    private static void Step(
        Node node, List<Node> queue, List<torch.Tensor> arena, bool retain, Dictionary<Node, int>? wanted, torch.Tensor?[]? captured)
    {
        var gradient = node.Pending!;
        (node.Pending, node.IsQueued) = (null, false);
        gradient.IsKept = false;
        if (wanted is not null && wanted.TryGetValue(node, out var index))
        {
            if (captured is not null)
            {
                var copy = gradient.Alias();
                copy.IsKept = true;
                captured[index] = copy;
            }
            else if (node is AccumulateGradNode leaf)
            {
                leaf.Leaf.Accumulate(gradient);
            }
        }
        if (node is AccumulateGradNode && wanted is not null)
        {
            // Gradients go only where they were asked for.
        }
        else
        {
            node.Backward(gradient, new GradientSink(node, gradient, queue));
            if (!retain && node is not AccumulateGradNode)
                node.Free();
        }
        if (!gradient.IsKept)
            gradient.Dispose();
        Sweep(arena);
    }

    // Lets go of what the last step made for itself; what it handed on stays.
    private static void Sweep(List<torch.Tensor> arena)
    {
        foreach (var tensor in arena)
        {
            if (!tensor.IsKept)
                tensor.Dispose();
        }
        arena.Clear();
    }

    private static torch.Tensor Seed(torch.Tensor output, int index, IList<torch.Tensor>? grads)
    {
        if (!output.Valid().requires_grad)
            throw Errors.Torch($"element {index} of tensors does not require grad and does not have a grad_fn");
        if (grads is not null && index < grads.Count && grads[index] is { } given)
        {
            if (!Shapes.Same(given.Valid(), output))
            {
                throw Errors.Torch(
                    $"Mismatch in shape: grad_output[{index}] has a shape of {Errors.Shape(given.Sizes)}"
                    + $" and output[{index}] has a shape of {Errors.Shape(output.Sizes)}.");
            }
            return given.dtype == output.dtype ? given.Alias() : given.To(output.dtype);
        }
        if (output.Count != 1)
            throw Errors.Torch($"grad can be implicitly created only for scalar outputs, but got an output of shape {Errors.Shape(output.Sizes)}");
        return Factory.Full(output.dtype, output.Sizes, 1.0);
    }

    private static Dictionary<Node, int> Wanted(IList<torch.Tensor> inputs)
    {
        var wanted = new Dictionary<Node, int>(inputs.Count);
        for (var i = 0; i < inputs.Count; i++)
        {
            if (!inputs[i].Valid().requires_grad)
                throw Errors.Torch("One of the differentiated Tensors does not require grad");
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(wanted, inputs[i].Edge(), out var exists);
            if (exists)
                throw Errors.NotSupported("torch.autograd.grad", "the same tensor is named twice among the inputs.");
            place = i;
        }
        return wanted;
    }
}
