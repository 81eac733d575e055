using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Trains one encoder: mini-batches, validation split, early stopping, schedule. Everything random comes from one generator,
/// so that a seed gives the same encoder whatever else runs.
/// </summary>
internal sealed class EmbeddingTraining(EmbeddingTrainerOptions options, int member, long seed, float[][] targets)
{
    private const int MinValidation = 2;

    private readonly EmbeddingObjective _objective = new(options.Loss, options.Space, options.Temperature, options.Margin);

    public List<EmbeddingEpoch> Curve { get; } = [];

    /// <summary>Builds the network from the generator, trains it, and returns the parameters of its best epoch.</summary>
    public float[][] Run(Func<Generator, EmbeddingNetwork> build)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        using EmbeddingNetwork network = build(generator);
        Tensor places = NativeTensors.Of(Flatten(targets), targets.Length, targets[0].Length);
        (long[] training, long[] validation) = Split(generator);
        using var optimizer = new FusedAdamW(network.Parameters, options.WeightDecay);
        float[][] best = network.Snapshot();
        double bestAngle = double.PositiveInfinity;
        int bestEpoch = 0;
        for (int epoch = 1; epoch <= options.Epochs && epoch - bestEpoch <= options.Patience; epoch++)
        {
            double rate = options.Schedule.RateAt(options.LearningRate, epoch, options.Epochs);
            double trainingLoss = Epoch(network, optimizer, rate, places, training, generator, epoch);
            (double loss, double angle) = Validate(network, places, validation.Length > 0 ? validation : training);
            var point = new EmbeddingEpoch(member, epoch, trainingLoss, validation.Length > 0 ? loss : trainingLoss, angle, rate);
            Curve.Add(point);
            options.Progress?.Report(point);
            if (validation.Length == 0 || angle < bestAngle)
                (best, bestAngle, bestEpoch) = (network.Snapshot(), angle, epoch);
        }

        return best;
    }

    /// <summary>The raw outputs of a network's snapshot turned into places: [D] in, [D] out.</summary>
    public static void Place(Span<float> raw, EmbeddingSpace space)
    {
        if (space == EmbeddingSpace.PoincareBall)
        {
            PoincareBall.ExpMap(raw);
            return;
        }

        DatasetTargets.Normalize(raw, "An embedding");
    }

    private (long[] Training, long[] Validation) Split(Generator generator)
    {
        long[] order = NativeTensors.Permutation(targets.Length, generator);
        int least = options.IsContrastive ? 2 : 1;
        int held = options.ValidationFraction == 0 ? 0 : Math.Max(MinValidation, (int)Math.Round(targets.Length * options.ValidationFraction));
        if (targets.Length - held < least)
        {
            throw new InvalidDataException(
                $"There are {targets.Length} models, of which {held} are held out for validation; {options.Loss} needs at least {least} to train on.");
        }

        return (order[held..], order[..held]);
    }

    private double Epoch(EmbeddingNetwork network, FusedAdamW optimizer, double rate, Tensor places, long[] rows, Generator generator, int epoch)
    {
        // Batches of equal size to within one, so that none is left with a single model.
        long[] order = NativeTensors.Permutation(rows.Length, generator);
        int batches = options.IsContrastive
            ? Math.Max(1, Math.Min((rows.Length + options.BatchSize - 1) / options.BatchSize, rows.Length / 2))
            : (rows.Length + options.BatchSize - 1) / options.BatchSize;
        double total = 0;
        for (int batch = 0; batch < batches; batch++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int start = (int)((long)rows.Length * batch / batches), end = (int)((long)rows.Length * (batch + 1) / batches);
            long[] chosen = new long[end - start];
            for (int i = start; i < end; i++)
                chosen[i - start] = rows[order[i]];
            Tensor index = NativeTensors.Of(chosen);
            Tensor loss = _objective.Loss(network.Forward(index), places.index_select(0, index));
            double value = NativeTensors.Value(loss);
            if (!double.IsFinite(value))
                throw new InvalidOperationException($"Training of the encoder diverged in epoch {epoch}: the loss is {value}. Lower the learning rate ({options.LearningRate}).");
            optimizer.ZeroGradients();
            loss.backward();
            optimizer.Step(rate);
            total += value * chosen.Length;
        }

        return total / rows.Length;
    }

    private (double Loss, double Angle) Validate(EmbeddingNetwork network, Tensor places, long[] rows)
    {
        using var scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        Tensor index = NativeTensors.Of(rows);
        Tensor raw = network.Forward(index);
        double loss = NativeTensors.Value(_objective.Loss(raw, places.index_select(0, index)));
        float[] values = raw.data<float>().ToArray();
        int dimension = targets[0].Length;
        double angles = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> place = values.AsSpan(i * dimension, dimension);

            // Before training an output may be all zero, which has no direction: as wrong as can be.
            angles += System.Numerics.Tensors.TensorPrimitives.Norm(place) > 0
                ? EmbeddingEvaluator.AngleInDegrees(place, targets[rows[i]])
                : 180;
        }

        return (loss, angles / rows.Length);
    }

    private static float[] Flatten(float[][] rows)
    {
        float[] flat = new float[rows.Length * rows[0].Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i].CopyTo(flat.AsSpan(i * rows[0].Length));
        return flat;
    }
}

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
