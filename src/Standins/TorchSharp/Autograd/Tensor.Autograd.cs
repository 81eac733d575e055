namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private Node? _history;
        private AccumulateGradNode? _leaf;
        private Tensor? _grad;
        private bool _gradIsZero;

        public bool requires_grad
        {
            get => _requiresGrad || _history is not null;
            set
            {
                if (_history is not null && !value)
                {
                    throw Errors.Torch(
                        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
                        + "that doesn't require differentiation use var_no_grad = var.detach().");
                }
                if (value && !Valid().IsFloating)
                    throw Errors.Torch("only Tensors of floating point and complex dtype can require gradients");
                _requiresGrad = value && _history is null;
            }
        }

        public bool is_leaf => Valid()._history is null;

        /// <summary>Whether the engine still needs this tensor after the step that made it.</summary>
        internal bool IsKept { get; set; }

        /// <summary>The gathered gradient, if any; zeros that were only asked for are made here.</summary>
        internal Tensor? Gradient
        {
            get
            {
                if (_gradIsZero)
                {
                    var state = ThreadState.Current;
                    var outer = state.Arena;
                    state.Arena = [];
                    _grad = Factory.Full(_dtype, _sizes, 0.0);
                    state.Arena = outer;
                    _gradIsZero = false;
                }
                return _grad;
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor detach() => Valid().Alias();

        public void backward() => Engine.Run([Valid()], null, retain: false, null, null);

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([Valid()], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>The node behind this tensor, or null where no gradient is to flow.</summary>
        internal Node? EdgeOrNull() => _history ?? (_requiresGrad ? Edge() : null);

        internal Node Edge() => _history ?? (_leaf ??= new AccumulateGradNode(this));

        internal void SetHistory(Node node)
        {
            _history = node;
            _requiresGrad = false;
        }

        /// <summary>Adds a gradient, keeping it as it is where it is the first.</summary>
        internal void Accumulate(Tensor gradient)
        {
            if (IsInvalid)
                return;
            if (_grad is { } grad)
            {
                Pointwise.AddInto(grad, gradient);
                return;
            }
            _gradIsZero = false;
            _grad = gradient.IsContiguous && gradient.Buffer.HasOneUser ? gradient : Factory.Clone(gradient);
            _grad.IsKept = true;
        }

        internal void ZeroGradient()
        {
            if (_grad is null)
                return;
            _grad.Dispose();
            _grad = null;
            _gradIsZero = true;
        }

        /// <summary>Checks that this tensor may be changed in place now; the caller then bumps its version.</summary>
        internal void RequireWritable()
        {
            _ = Buffer;
            if (_requiresGrad && ThreadState.Current.GradEnabled)
                throw Errors.Torch("a leaf Variable that requires grad is being used in an in-place operation.");
            for (var d = 0; d < Rank; d++)
            {
                if (_strides[d] == 0 && _sizes[d] > 1)
                {
                    throw Errors.Torch(
                        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
                        + "Please clone() the tensor before performing the operation.");
                }
            }
        }
    }

    /// <summary>Gradients as values.</summary>
    public static class autograd
    {
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            RefuseGraph(create_graph, "torch.autograd.grad");
            var captured = new Tensor?[inputs.Count];
            Engine.Run(outputs, grad_outputs, retain_graph, inputs, captured);
            for (var i = 0; i < captured.Length; i++)
            {
                if (captured[i] is { } found)
                {
                    found.IsKept = false;
                    found.Publish();
                }
                else if (!allow_unused)
                {
                    throw Errors.Torch(
                        "One of the differentiated Tensors appears to not have been used in the graph. "
                        + "Set allow_unused=True if this is the desired behavior.");
                }
            }
            return captured!;
        }

        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            RefuseGraph(create_graph, "torch.autograd.backward");
            Engine.Run(tensors, grad_tensors, retain_graph ?? create_graph, inputs is { Count: > 0 } ? inputs : null, null);
        }

        private static void RefuseGraph(bool createGraph, string member)
        {
            if (createGraph)
                throw Errors.NotSupported(member, "create_graph (gradients of gradients) is not supported.");
        }
    }
}
