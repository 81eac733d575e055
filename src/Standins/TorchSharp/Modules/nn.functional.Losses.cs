namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                if (reduction != Reduction.None && input.Valid().IsFloating && input.dtype == target.Valid().dtype && Shapes.Same(input, target))
                    return SquaredError.Apply(input, target, reduction == Reduction.Mean);
                RequireBroadcast("mse_loss", input, target);
                using var work = new Work();
                return work.Return(Reduce(input.sub(target).square(), reduction));
            }

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                RequireBroadcast("l1_loss", input, target);
                using var work = new Work();
                return work.Return(Reduce(input.sub(target).abs(), reduction));
            }

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1)
            {
                RequireBroadcast("smooth_l1_loss", input, target);
                if (beta < 0)
                    throw Errors.Torch("smooth_l1_loss does not support negative values for beta.");
                if (beta == 0)
                    return l1_loss(input, target, reduction);
                using var work = new Work();
                var distance = input.sub(target).abs();
                var near = distance.square().mul(0.5 / beta);
                return work.Return(Reduce(torch.where(distance.detach().lt(beta), near, distance.sub(0.5 * beta)), reduction));
            }

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                RequireSame("binary_cross_entropy", input, target);
                using var work = new Work();
                // As in PyTorch, logarithms are no less than -100.
                var hit = target.mul(input.log().clamp_min(-100));
                var miss = target.neg().add(1).mul(input.neg().log1p().clamp_min(-100));
                var loss = hit.add(miss).neg();
                return work.Return(Reduce(weight is null ? loss : loss.mul(weight), reduction));
            }

            public static Tensor binary_cross_entropy_with_logits(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
            {
                RequireSame("binary_cross_entropy_with_logits", input, target);
                using var work = new Work();
                // (1 - t)·x - (1 + (w - 1)·t)·log σ(x), with w = 1 where no weights are given.
                var log = input.log_sigmoid();
                var share = pos_weights is null ? log : pos_weights.sub(1).mul(target).add(1).mul(log);
                var loss = target.neg().add(1).mul(input).sub(share);
                return work.Return(Reduce(weight is null ? loss : loss.mul(weight), reduction));
            }

            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0)
            {
                if (target.Valid().IsFloating)
                    return Probabilities(input, target, weight, reduction, label_smoothing);
                using var work = new Work();
                var log = input.log_softmax(input.Rank == 1 ? 0 : 1);
                if (label_smoothing == 0)
                    return work.Return(Likelihood("cross_entropy", log, target, weight, ignore_index, reduction));
                if (weight is not null || input.Rank > 2)
                    throw Errors.NotSupported("torch.nn.functional.cross_entropy", "label smoothing with class weights or more than two dimensions is not supported.");
                var hard = Likelihood("cross_entropy", log, target, null, ignore_index, reduction);
                var kept = target.ne(ignore_index);
                var smooth = log.mean([-1]).neg().mul(kept.To(log.dtype));
                var reduced = reduction switch
                {
                    Reduction.None => smooth,
                    Reduction.Sum => smooth.sum(),
                    _ => smooth.sum().div(kept.sum()),
                };
                return work.Return(hard.mul(1 - label_smoothing).add(reduced.mul(label_smoothing)));
            }

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                using var work = new Work();
                return work.Return(Likelihood("nll_loss", input, target, weight, -100, reduction));
            }

            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean)
            {
                using var work = new Work();
                var loss = log_target
                    ? target.exp().mul(target.sub(input))
                    // Where the target is 0 its logarithm counts for nothing.
                    : torch.where(target.gt(0), target.mul(torch.where(target.gt(0), target, torch.ones_like(target)).log().sub(input)), target.mul(input).mul(0));
                return work.Return(Reduce(loss, reduction));
            }

            private static Tensor Probabilities(Tensor input, Tensor target, Tensor? weight, Reduction reduction, double smoothing)
            {
                RequireSame("cross_entropy", input, target);
                if (weight is not null || input.Rank > 2)
                    throw Errors.NotSupported("torch.nn.functional.cross_entropy", "class probabilities with class weights or more than two dimensions are not supported.");
                using var work = new Work();
                var classes = input.Sizes[^1];
                var wanted = smoothing > 0 ? target.mul(1 - smoothing).add(smoothing / classes) : target;
                var loss = input.log_softmax(-1).mul(wanted).sum(-1).neg();
                return work.Return(reduction switch
                {
                    Reduction.None => loss,
                    Reduction.Sum => loss.sum(),
                    _ => loss.mean(),
                });
            }

            // Minus the logarithm of the target class: [C] with [], [N, C] with [N], or [N, C, ...] with [N, ...].
            private static Tensor Likelihood(string operation, Tensor log, Tensor target, Tensor? weight, long ignore, Reduction reduction)
            {
                var dim = log.Rank == 1 ? 0 : 1;
                long[] expected = log.Rank == 1 ? [] : [log.Sizes[0], .. log.Sizes[2..]];
                if (log.Rank == 0 || !target.Valid().Sizes.AsSpan().SequenceEqual(expected))
                    throw Errors.Torch($"{operation}: expected a target of shape {Errors.Shape(expected)} for input {Errors.Shape(log.Sizes)}, but got {Errors.Shape(target.Sizes)}");
                if (target.dtype != ScalarType.Int64)
                    throw Errors.Torch($"{operation}: expected scalar type Long but found {DType.NameOf(target.dtype)}");
                var kept = target.ne(ignore);
                var safe = target.masked_fill(kept.logical_not(), 0);
                foreach (var wanted in safe.Packed().Span<long>())
                {
                    if (wanted < 0 || wanted >= log.Sizes[dim])
                        throw Errors.Torch($"{operation}: Target {wanted} is out of bounds.");
                }
                var chosen = log.gather(dim, safe.unsqueeze(dim)).squeeze(dim).neg();
                var share = kept.To(log.dtype);
                if (weight is not null)
                    share = share.mul(weight.index_select(0, safe.reshape(-1)).reshape(safe.Sizes));
                var loss = chosen.mul(share);
                return reduction switch
                {
                    Reduction.None => loss,
                    Reduction.Sum => loss.sum(),
                    _ => loss.sum().div(share.sum()),
                };
            }

            private static Tensor Reduce(Tensor loss, Reduction reduction) => reduction switch
            {
                Reduction.None => loss,
                Reduction.Sum => loss.sum(),
                _ => loss.mean(),
            };

            private static void RequireBroadcast(string operation, Tensor input, Tensor target)
            {
                for (var i = 1; i <= Math.Min(input.Valid().Rank, target.Valid().Rank); i++)
                {
                    if (input.Sizes[^i] != target.Sizes[^i] && input.Sizes[^i] != 1 && target.Sizes[^i] != 1)
                    {
                        throw Errors.Torch(
                            $"The size of tensor a ({input.Sizes[^i]}) must match the size of tensor b ({target.Sizes[^i]}) at non-singleton dimension "
                            + $"{Math.Max(input.Rank, target.Rank) - i} ({operation} of input {Errors.Shape(input.Sizes)} and target {Errors.Shape(target.Sizes)})");
                    }
                }
            }

            private static void RequireSame(string operation, Tensor input, Tensor target)
            {
                if (!Shapes.Same(input.Valid(), target.Valid()))
                    throw Errors.Torch($"{operation}: Target size ({Errors.Shape(target.Sizes)}) must be the same as input size ({Errors.Shape(input.Sizes)})");
            }
        }
    }
}
