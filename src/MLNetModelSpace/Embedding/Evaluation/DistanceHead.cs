using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Prediction (b) of section 4.2: the distance of two models, by a network trained on pairs. Both models go through one
/// perceptron; a second one reads the absolute difference of the two codes, so that the order of the pair does not matter.
/// </summary>
internal sealed class DistanceHead
{
    private const int CodeSize = 32;
    private const int PairsPerModel = 8;

    private readonly Perceptron _encoder;
    private readonly Perceptron _head;

    private DistanceHead(Perceptron encoder, Perceptron head)
    {
        if (encoder.OutputSize != head.InputSize || head.OutputSize != 1)
            throw new InvalidDataException($"A distance head reads {head.InputSize} values and gives {head.OutputSize}; expected {encoder.OutputSize} and 1.");
        _encoder = encoder;
        _head = head;
    }

    /// <summary>The predicted distance, in radians on the sphere, at least 0.</summary>
    public double Distance(ReadOnlySpan<float> first, ReadOnlySpan<float> second) => DistanceOfCodes(Encode(first), Encode(second));

    /// <summary>The code of one model, which serves all its pairs.</summary>
    public float[] Encode(ReadOnlySpan<float> features)
    {
        float[] code = new float[_encoder.OutputSize];
        _encoder.Apply(features, code);
        return code;
    }

    /// <summary>The predicted distance of two models by their codes.</summary>
    public double DistanceOfCodes(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        float[] gap = new float[first.Length];
        TensorPrimitives.Subtract(first, second, gap);
        TensorPrimitives.Abs<float>(gap, gap);
        Span<float> result = stackalloc float[1];
        _head.Apply(gap, result);

        // Softplus, as in training.
        return Math.Max(result[0], 0) + Math.Log(1 + Math.Exp(-Math.Abs(result[0])));
    }

    public void Write(BinaryWriter writer)
    {
        _encoder.Write(writer);
        _head.Write(writer);
    }

    public static DistanceHead Read(BinaryReader reader) => new(Perceptron.Read(reader), Perceptron.Read(reader));

    /// <summary>Trains on pairs of models, on a thread of our own.</summary>
    /// <exception cref="InvalidDataException">There is one model alone.</exception>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static DistanceHead Train(
        EmbeddingRegressionTrainer.Options options, Standardization standardization, float[] inputs, float[][] targets)
    {
        if (targets.Length < 2)
            throw new InvalidDataException($"A distance head learns from pairs of models; there is {targets.Length} model.");
        try
        {
            return TorchThreads.Run(() => TrainHere(options, standardization, inputs, targets));
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain("The distance head cannot be trained", error);
        }
    }

    private static DistanceHead TrainHere(
        EmbeddingRegressionTrainer.Options options, Standardization standardization, float[] inputs, float[][] targets)
    {
        using var generator = new Generator((ulong)SplitMix.SeedOf(options.Seed!.Value, options.Members), CPU);
        using var encoder = new PerceptronNetwork(generator, inputs, standardization.Count, options.HiddenSizes, CodeSize, options.InputNoise);
        using var head = new PerceptronNetwork(generator, new float[CodeSize], CodeSize, [CodeSize], 1);
        using var optimizer = new FusedAdamW([.. encoder.Parameters, .. head.Parameters], options.WeightDecay);
        int count = targets.Length, pairs = checked(count * PairsPerModel);

        // A pair costs two models and an epoch holds several pairs of each, so fewer epochs see as many models.
        int epochs = Math.Max(1, options.Epochs / PairsPerModel);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            double rate = options.Schedule.RateAt(options.LearningRate, epoch, epochs);
            (long[] first, long[] second, float[] distances) = Draw(generator, pairs, targets, options.Space);
            int size = (int)Math.Min(Math.Max(options.BatchSize, 2) * 4L, pairs);
            for (int start = 0; start < pairs; start += size)
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                int end = Math.Min(start + size, pairs);
                using var step = NewDisposeScope();
                Tensor codes = encoder.Forward(NativeTensors.Of(first.AsSpan(start, end - start))) - encoder.Forward(NativeTensors.Of(second.AsSpan(start, end - start)));
                Tensor raw = head.Apply(codes.abs());                                  // [B×1]
                Tensor predicted = raw.relu() + (TorchNumbers.Of(1) + (-raw.abs()).exp()).log();
                Tensor loss = (predicted - NativeTensors.Of(distances.AsSpan(start, end - start), end - start, 1)).square().mean();
                double value = NativeTensors.Value(loss);
                if (!double.IsFinite(value))
                    throw new InvalidOperationException($"Training of the distance head diverged in epoch {epoch}: the loss is {value}. Lower the learning rate ({options.LearningRate}).");
                optimizer.ZeroGradients();
                loss.backward();
                optimizer.Step(rate);
            }
        }

        // What comes out of the encoder's last layer is no standardised input: the second perceptron takes it as it is.
        return new DistanceHead(
            new Perceptron(standardization, encoder.Snapshot()),
            new Perceptron(Standardization.None(CodeSize), head.Snapshot()));
    }

    private static (long[] First, long[] Second, float[] Distances) Draw(Generator generator, int pairs, float[][] targets, EmbeddingSpace space)
    {
        using Tensor a = randint(0, targets.Length, [pairs], int64, CPU, false, generator);
        using Tensor b = randint(0, targets.Length, [pairs], int64, CPU, false, generator);
        long[] first = a.data<long>().ToArray(), second = b.data<long>().ToArray();
        float[] distances = new float[pairs];
        for (int i = 0; i < pairs; i++)
            distances[i] = (float)EmbeddingEvaluator.Distance(targets[first[i]], targets[second[i]], space);
        return (first, second, distances);
    }
}
