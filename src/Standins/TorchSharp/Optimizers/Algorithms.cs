using TorchSharp.Kernels;
using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(
                IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0,
                bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static Adam Adam(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent, with momentum if wanted.</summary>
    public class SGD : OptimizerHelper
    {
        private readonly double _momentum;
        private readonly double _dampening;
        private readonly double _weightDecay;
        private readonly bool _nesterov;
        private readonly bool _maximize;

        public SGD(
            IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false,
            bool maximize = false) : base(parameters, lr, momentum == 0 ? 0 : 1)
        {
            if (!(momentum >= 0))
                throw new ArgumentException($"Invalid momentum value: {momentum}", nameof(momentum));
            if (!(weight_decay >= 0))
                throw new ArgumentException($"Invalid weight_decay value: {weight_decay}", nameof(weight_decay));
            if (nesterov && (momentum == 0 || dampening != 0))
                throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening", nameof(nesterov));
            (_momentum, _dampening, _weightDecay, _nesterov, _maximize) = (momentum, dampening, weight_decay, nesterov, maximize);
        }

        private protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, Slot slot) =>
            OptimizerSteps.Sgd(
                parameter, gradient, slot.State<T>(0), LearningRate, _momentum, _dampening, _weightDecay, _nesterov, _maximize, first: slot.Step == 1);
    }

    /// <summary>Adam; the weight decay is added to the gradient.</summary>
    public class Adam : OptimizerHelper
    {
        private readonly (double, double) _betas;
        private readonly double _eps;
        private readonly double _weightDecay;
        private readonly bool _maximize;

        public Adam(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0,
            bool amsgrad = false, bool maximize = false) : base(parameters, lr, amsgrad ? 3 : 2)
        {
            AdamArguments.Check(beta1, beta2, eps, weight_decay);
            (_betas, _eps, _weightDecay, _maximize) = ((beta1, beta2), eps, weight_decay, maximize);
        }

        private protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, Slot slot) =>
            OptimizerSteps.Adam(
                parameter, gradient, slot.State<T>(0), slot.State<T>(1), slot.State<T>(2), slot.Step, LearningRate, _betas.Item1, _betas.Item2, _eps,
                _weightDecay, _maximize);
    }

    /// <summary>Adam whose weight decay shrinks the parameters themselves.</summary>
    public class AdamW : OptimizerHelper
    {
        private readonly (double, double) _betas;
        private readonly double _eps;
        private readonly double _weightDecay;
        private readonly bool _maximize;

        public AdamW(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0,
            bool amsgrad = false, bool maximize = false) : base(parameters, lr, amsgrad ? 3 : 2)
        {
            AdamArguments.Check(beta1, beta2, eps, weight_decay);
            (_betas, _eps, _weightDecay, _maximize) = ((beta1, beta2), eps, weight_decay, maximize);
        }

        private protected override void Update<T>(Span<T> parameter, ReadOnlySpan<T> gradient, Slot slot) =>
            OptimizerSteps.AdamW(
                parameter, gradient, slot.State<T>(0), slot.State<T>(1), slot.State<T>(2), slot.Step, LearningRate, _betas.Item1, _betas.Item2, _eps,
                _weightDecay, _maximize);
    }

    internal static class AdamArguments
    {
        internal static void Check(double beta1, double beta2, double eps, double weightDecay)
        {
            if (beta1 is not (>= 0 and < 1))
                throw new ArgumentException($"Invalid beta1 value: {beta1}", nameof(beta1));
            if (beta2 is not (>= 0 and < 1))
                throw new ArgumentException($"Invalid beta2 value: {beta2}", nameof(beta2));
            if (!(eps >= 0))
                throw new ArgumentException($"Invalid epsilon value: {eps}", nameof(eps));
            if (!(weightDecay >= 0))
                throw new ArgumentException($"Invalid weight_decay value: {weightDecay}", nameof(weightDecay));
        }
    }
}
