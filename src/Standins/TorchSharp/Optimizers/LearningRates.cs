namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Learning rates that change with the epochs.</summary>
        public static class lr_scheduler
        {
            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new Schedule(optimizer, last_epoch, verbose, (rate, _, epoch) => epoch != 0 && epoch % step_size == 0 ? rate * gamma : rate);

            public static LRScheduler MultiStepLR(
                Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new Schedule(optimizer, last_epoch, verbose, (rate, _, epoch) => rate * Math.Pow(gamma, milestones.Count(m => m == epoch)));

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new Schedule(optimizer, last_epoch, verbose, (rate, _, epoch) => epoch == 0 ? rate : rate * gamma);

            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new Schedule(optimizer, last_epoch, verbose, (_, first, epoch) => first * lr_lambda(epoch));

            /// <summary>η = η_min + (η_0 - η_min)·(1 + cos(π·t/T)) / 2.</summary>
            public static LRScheduler CosineAnnealingLR(
                Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new Schedule(
                    optimizer, last_epoch, verbose, (_, first, epoch) => eta_min + ((first - eta_min) * (1 + Math.Cos(Math.PI * epoch / T_max)) / 2));

            public static LRScheduler LinearLR(
                Optimizer optimizer, double start_factor = 0.3333333333333333, double end_factor = 1, int total_iters = 5, int last_epoch = -1,
                bool verbose = false) =>
                new Schedule(
                    optimizer, last_epoch, verbose,
                    (_, first, epoch) => first * (start_factor + ((end_factor - start_factor) * Math.Min(total_iters, epoch) / total_iters)));

            /// <summary>A schedule of learning rates: <see cref="step"/> at the end of each epoch.</summary>
            public abstract class LRScheduler
            {
                private readonly List<ILearningRateController> _groups;
                private int _epoch;

                private protected LRScheduler(Optimizer optimizer, int lastEpoch)
                {
                    _groups = [.. optimizer.ParamGroups];
                    _epoch = lastEpoch;
                    foreach (var group in _groups)
                        group.InitialLearningRate = lastEpoch < 0 ? group.LearningRate : group.InitialLearningRate;
                }

                public virtual void step()
                {
                    _epoch++;
                    foreach (var group in _groups)
                        group.LearningRate = Next(group.LearningRate, group.InitialLearningRate, _epoch);
                }

                public IEnumerable<double> get_last_lr() => _groups.Select(g => g.LearningRate);

                private protected abstract double Next(double rate, double first, int epoch);
            }

            /// <summary>The next rate from the last, the first and the epoch; the constructor sets that of epoch 0.</summary>
            private sealed class Schedule : LRScheduler
            {
                private readonly Func<double, double, int, double> _next;

                internal Schedule(Optimizer optimizer, int lastEpoch, bool verbose, Func<double, double, int, double> next) : base(optimizer, lastEpoch)
                {
                    if (verbose)
                        throw Errors.NotSupported("torch.optim.lr_scheduler", "verbose is not supported.");
                    _next = next;
                    step();
                }

                private protected override double Next(double rate, double first, int epoch) => _next(rate, first, epoch);
            }
        }
    }
}
