using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>Trains the networks of an ensemble side by side, one thread each.</summary>
internal static class EmbeddingEnsemble
{
    /// <summary>The parameters of every member, in order, and their learning curves one after another.</summary>
    public static (float[][][] Members, List<EmbeddingEpoch> Curve) Train(
        EmbeddingTrainerOptions options, float[][] targets, Func<int, Generator, EmbeddingNetwork> build)
    {
        var members = new float[options.Members][][];
        var curves = new List<EmbeddingEpoch>[options.Members];
        try
        {
            TorchThreads.For(members.Length, options.MaxThreads, options.CancellationToken, member =>
            {
                var training = new EmbeddingTraining(options, member, SplitMix.SeedOf(options.Seed, member), targets);
                members[member] = training.Run(generator => build(member, generator));
                curves[member] = training.Curve;
            });
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain("The encoder cannot be trained", error);
        }

        return (members, [.. curves.SelectMany(curve => curve)]);
    }

    /// <summary>The mean of the members' places: of directions on the sphere, of tangent vectors at the origin in the ball.</summary>
    public static void Average(ReadOnlySpan<float> outputs, int members, EmbeddingSpace space, Span<float> place)
    {
        place.Clear();
        float[] one = new float[place.Length];
        for (int member = 0; member < members; member++)
        {
            outputs.Slice(member * place.Length, place.Length).CopyTo(one);
            if (space == EmbeddingSpace.Sphere && System.Numerics.Tensors.TensorPrimitives.Norm<float>(one) > 0)
                DatasetTargets.Normalize(one, "An embedding");
            System.Numerics.Tensors.TensorPrimitives.Add(place, one, place);
        }

        System.Numerics.Tensors.TensorPrimitives.Divide(place, members, place);
        EmbeddingTraining.Place(place, space);
    }
}

/// <summary>What the files of encoders have in common.</summary>
internal static class EmbeddingContent
{
    private const int MaxEpochs = 1 << 24;

    public static EmbeddingSpace ReadSpace(BinaryReader reader)
    {
        var space = (EmbeddingSpace)reader.ReadByte();
        return Enum.IsDefined(space) ? space : throw new InvalidDataException($"The space {(int)space} is not known.");
    }

    public static void WriteCurve(BinaryWriter writer, IReadOnlyList<EmbeddingEpoch> curve)
    {
        writer.Write(curve.Count);
        foreach (EmbeddingEpoch epoch in curve)
        {
            writer.Write(epoch.Member);
            writer.Write(epoch.Epoch);
            writer.Write(epoch.TrainingLoss);
            writer.Write(epoch.ValidationLoss);
            writer.Write(epoch.ValidationAngle);
            writer.Write(epoch.LearningRate);
        }
    }

    public static List<EmbeddingEpoch> ReadCurve(BinaryReader reader)
    {
        int count = ModelContent.ReadCount(reader, "epochs", 0, MaxEpochs);
        var curve = new List<EmbeddingEpoch>();
        for (int i = 0; i < count; i++)
        {
            curve.Add(new EmbeddingEpoch(
                reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble()));
        }

        return curve;
    }
}
