namespace TorchSharp;

/// <summary>
/// One recorded operation: given the gradient of its result it computes those of its inputs. Every operation has one result that
/// can be differentiated; what has more (chunk, unbind) is composed.
/// </summary>
internal abstract class Node
{
    private Node?[] _inputs = [];

    /// <summary>One more than that of the deepest input: descending order of depth is an order in which to run backward.</summary>
    internal int Depth { get; private set; }

    /// <summary>The gradient gathered so far for this node's result, while a backward pass runs.</summary>
    internal torch.Tensor? Pending { get; set; }

    internal bool IsQueued { get; set; }

    internal ReadOnlySpan<Node?> Inputs => _inputs;

    /// <summary>PyTorch's name for it, such as <c>MulBackward0</c>.</summary>
    internal virtual string Name => GetType().Name.Replace("Node", "Backward0", StringComparison.Ordinal);

    internal bool Needs(int input) => _inputs[input] is not null;

    internal void Link(torch.Tensor a)
    {
        _inputs = [a.EdgeOrNull()];
        Depth = DepthOf(_inputs[0]) + 1;
    }

    internal void Link(torch.Tensor a, torch.Tensor b)
    {
        _inputs = [a.EdgeOrNull(), b.EdgeOrNull()];
        Depth = Math.Max(DepthOf(_inputs[0]), DepthOf(_inputs[1])) + 1;
    }

    internal void Link(torch.Tensor a, torch.Tensor? b, torch.Tensor? c)
    {
        _inputs = [a.EdgeOrNull(), b?.EdgeOrNull(), c?.EdgeOrNull()];
        Depth = Math.Max(Math.Max(DepthOf(_inputs[0]), DepthOf(_inputs[1])), DepthOf(_inputs[2])) + 1;
    }

    internal void Link(IReadOnlyList<torch.Tensor> tensors)
    {
        _inputs = new Node?[tensors.Count];
        for (var i = 0; i < _inputs.Length; i++)
        {
            _inputs[i] = tensors[i].EdgeOrNull();
            Depth = Math.Max(Depth, DepthOf(_inputs[i]) + 1);
        }
    }

    /// <summary>Gives the sink the gradient of every input that needs one.</summary>
    internal abstract void Backward(torch.Tensor grad, GradientSink sink);

    internal void Free() => FreeSaved();

    protected virtual void FreeSaved()
    {
        // Most view operations save nothing.
    }

    private static int DepthOf(Node? node) => node?.Depth ?? 0;
}

/// <summary>The end of the line: gathers the gradient of a tensor that was not computed from others.</summary>
internal sealed class AccumulateGradNode(torch.Tensor leaf) : Node
{
    internal torch.Tensor Leaf { get; } = leaf;

    internal override void Backward(torch.Tensor grad, GradientSink sink) => Leaf.Accumulate(grad);
}

/// <summary>A tensor kept for the backward pass, with the version it then had.</summary>
internal struct SavedTensor
{
    private torch.Tensor? _tensor;
    private DataBuffer? _buffer;
    private int _version;

    internal SavedTensor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _buffer = tensor.Buffer;
        _buffer.AddUser();
        _version = _buffer.Version;
    }

    /// <summary>The tensor as it was; an error if it was changed in place or already freed.</summary>
    internal readonly torch.Tensor Unpack(Node node)
    {
        if (_tensor is null || _buffer is null)
        {
            throw Errors.Torch(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
                + "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
                + "Specify retain_graph=True if you need to backward through the graph a second time "
                + "or if you need to access saved tensors after calling backward.");
        }
        if (_buffer.Version != _version)
        {
            throw Errors.Torch(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                + $"[torch.{DType.NameOf(_tensor.dtype)}Tensor {Errors.Shape(_tensor.Sizes)}], needed by {node.Name}, is at version {_buffer.Version}; "
                + $"expected version {_version} instead.");
        }
        if (!_tensor.IsInvalid)
            return _tensor;
        // Its user has disposed of it since; the buffer is still ours.
        _buffer.AddUser();
        return new torch.Tensor(_buffer, _tensor.Sizes, _tensor.Strides, _tensor.Offset);
    }

    internal void Free()
    {
        _buffer?.Release();
        _buffer = null;
        _tensor = null;
    }
}

/// <summary>Where a node puts the gradients of its inputs.</summary>
internal readonly struct GradientSink(Node node, torch.Tensor grad, List<Node> queue)
{
    internal bool Needs(int input) => node.Needs(input);

    /// <summary>Whether the incoming gradient may be overwritten, because nobody else holds it.</summary>
    internal bool MayReuse(torch.Tensor incoming) => incoming.IsContiguous && incoming.Buffer.HasOneUser;

    internal void Set(int input, torch.Tensor gradient)
    {
        var target = node.Inputs[input];
        if (target is null)
            return;
        if (ReferenceEquals(gradient, grad) || gradient.IsKept)
            gradient = gradient.Alias();
        Engine.Add(target, gradient, queue);
    }
}
