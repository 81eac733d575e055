using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>Optimizers and their learning-rate schedules.</summary>
        public static partial class optim
        {
            /// <summary>What has a learning rate that a schedule can set.</summary>
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            /// <summary>Changes parameters by their gradients.</summary>
            public abstract class Optimizer : IDisposable
            {
                private protected Optimizer()
                {
                }

                public virtual IEnumerable<ILearningRateController> ParamGroups => [];

                public virtual IEnumerable<Parameter> parameters() => [];

                /// <summary>Sets every gradient to zeros; a parameter that never had one has none still.</summary>
                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters())
                        parameter.ZeroGradient();
                }

                public virtual Tensor step(Func<Tensor>? closure = null) => throw new NotSupportedException($"{GetType().Name}.step");

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                    // Those with state let it go.
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>An optimizer that treats each parameter by itself, with buffers of the parameter's size.</summary>
    public abstract class OptimizerHelper : torch.optim.Optimizer
    {
        private readonly Group _group;
        private readonly Slot[] _slots;
        private readonly int _buffers;

        private protected OptimizerHelper(IEnumerable<Parameter> parameters, double lr, int buffers)
        {
            if (!(lr >= 0))
                throw new ArgumentException($"Invalid learning rate: {lr}", nameof(lr));
            _group = new Group(lr);
            _buffers = buffers;
            _slots = [.. parameters.Select(p => new Slot(p))];
            if (_slots.Length == 0)
                throw new ArgumentException("optimizer got an empty parameter list", nameof(parameters));
        }

        public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => [_group];

        private protected double LearningRate => _group.LearningRate;

        public override IEnumerable<Parameter> parameters() => _slots.Select(s => s.Parameter);

        public override void zero_grad()
        {
            foreach (var slot in _slots)
                slot.Parameter.ZeroGradient();
        }

        public override torch.Tensor step(Func<torch.Tensor>? closure = null)
        {
            torch.Tensor loss = null!;
            if (closure is not null)
            {
                using (torch.enable_grad())
                    loss = closure();
            }
            foreach (var slot in _slots)
            {
                if (slot.Parameter.Gradient is not { } gradient)
                    continue;
                slot.Prepare(_buffers);
                slot.Step++;
                // A gradient is packed, and so is a parameter unless its user made it of a view.
                if (!slot.Parameter.IsContiguous)
                    throw Errors.NotSupported(GetType().Name + ".step", "a parameter whose elements do not lie together is not supported.");
                if (gradient.dtype == torch.ScalarType.Float32)
                    Apply<float>(slot, gradient);
                else
                    Apply<double>(slot, gradient);
                slot.Parameter.Buffer.Version++;
            }
            return loss;
        }

        private protected abstract void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, Slot slot)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>;

        protected override void Dispose(bool disposing)
        {
            foreach (var slot in _slots)
                slot.Release();
        }

        private void Apply<T>(Slot slot, torch.Tensor gradient) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
            Update(slot.Parameter.Span<T>(), gradient.Span<T>(), slot);

        /// <summary>A parameter with what the optimizer remembers of it.</summary>
        private protected sealed class Slot(Parameter parameter)
        {
            private torch.Tensor[]? _state;

            internal Parameter Parameter { get; } = parameter;

            internal long Step { get; set; }

            internal void Prepare(int buffers)
            {
                if (_state is not null)
                    return;
                _state = new torch.Tensor[buffers];
                for (var i = 0; i < buffers; i++)
                {
                    _state[i] = new torch.Tensor(
                        DataBuffer.Rent(Parameter.dtype, Parameter.Count), Parameter.Sizes, Shapes.ContiguousStrides(Parameter.Sizes), 0, isTracked: false);
                    Factory.Fill(_state[i], 0);
                }
            }

            internal Span<T> State<T>(int index) where T : unmanaged => index < _state!.Length ? _state[index].Span<T>() : default;

            internal void Release()
            {
                foreach (var buffer in _state ?? [])
                    buffer.Dispose();
                _state = null;
            }
        }

        private sealed class Group(double lr) : torch.optim.ILearningRateController
        {
            public double LearningRate { get; set; } = lr;

            public double InitialLearningRate { get; set; } = lr;
        }
    }
}
