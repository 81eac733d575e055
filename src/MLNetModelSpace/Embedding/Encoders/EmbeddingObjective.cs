using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// The losses over a batch. An encoder's raw output is a row of [B×D]: on the sphere its direction is the embedding; in the
/// ball it is a tangent vector at the origin, and the embedding is where the exponential map takes it.
/// </summary>
internal sealed class EmbeddingObjective(EmbeddingLoss loss, EmbeddingSpace space, double temperature, double margin)
{
    private static readonly Scalar s_tiny = TorchNumbers.Of(1e-12);
    private static readonly Scalar s_zero = TorchNumbers.Of(0);
    private static readonly Scalar s_one = TorchNumbers.Of(1);
    private static readonly Scalar s_two = TorchNumbers.Of(2);

    private readonly Scalar _temperature = TorchNumbers.Of(temperature);
    private readonly Scalar _margin = TorchNumbers.Of(margin);

    /// <summary>The loss of a batch: raw outputs [B×D] against targets [B×D] in the space.</summary>
    public Tensor Loss(Tensor raw, Tensor targets) =>
        space == EmbeddingSpace.PoincareBall ? BallLoss(Exp(raw), targets) : SphereLoss(raw, targets);

    private Tensor SphereLoss(Tensor raw, Tensor targets)
    {
        if (loss == EmbeddingLoss.MeanSquaredError)
            return (raw - targets).square().sum(1).mean();
        Tensor unit = Unit(raw);
        Tensor own = (unit * targets).sum(1);
        if (loss == EmbeddingLoss.Cosine)
            return s_one - own.mean();
        Tensor all = unit.matmul(targets.transpose(0, 1));
        return loss == EmbeddingLoss.ContrastiveNPair
            ? Contrastive(own / _temperature, all / _temperature)
            : Triplet(s_two - (s_two * own), s_two - (s_two * all), s_two - (s_two * targets.matmul(targets.transpose(0, 1))));
    }

    private static Tensor BallLoss(Tensor points, Tensor targets) =>
        Distance((points - targets).square().sum(1), points.square().sum(1), targets.square().sum(1)).square().mean();

    /// <summary>Mean of −log(exp(own) / Σⱼ exp(allⱼ)): [B] against [B×B], whose row i holds model i against every target.</summary>
    private static Tensor Contrastive(Tensor own, Tensor all) => (logsumexp(all, 1) - own).mean();

    /// <summary>Mean over i ≠ j of max(0, d²(xᵢ, tᵢ) − d²(xᵢ, tⱼ) + ε), ε no larger than d²(tᵢ, tⱼ).</summary>
    private Tensor Triplet(Tensor own, Tensor all, Tensor between)
    {
        long n = all.shape[0];
        Tensor margins = between.detach().clamp(s_zero, _margin);

        // On the diagonal the bracket is the margin of a target against itself, which is zero.
        return (own.unsqueeze(1) - all + margins).relu().sum() / TorchNumbers.Of(n * Math.Max(n - 1, 1));
    }

    private static Tensor Unit(Tensor raw) => raw / (raw.square().sum(1, true) + s_tiny).sqrt();

    /// <summary>tanh(‖v‖/2)·v/‖v‖, the norm held below what single precision can tell from the rim.</summary>
    private static Tensor Exp(Tensor raw)
    {
        Tensor norm = (raw.square().sum(1, true) + s_tiny).sqrt();
        return raw * ((norm.clamp(s_zero, TorchNumbers.Of(PoincareBall.MaxRadius)) / s_two).tanh() / norm);
    }

    /// <summary>arcosh(1 + 2·gap/((1−xx)(1−yy))), its root kept away from zero, where its slope is not defined.</summary>
    private static Tensor Distance(Tensor gap, Tensor xx, Tensor yy)
    {
        Tensor excess = s_two * gap / ((s_one - xx) * (s_one - yy));
        return (s_one + excess + ((excess * (excess + s_two)) + TorchNumbers.Of(1e-9)).sqrt()).log();
    }
}
