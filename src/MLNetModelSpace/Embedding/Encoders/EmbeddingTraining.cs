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
            double value = loss.ToDouble();
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
        double loss = _objective.Loss(raw, places.index_select(0, index)).ToDouble();
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
