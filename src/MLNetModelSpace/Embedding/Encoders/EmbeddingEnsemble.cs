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
                var training = new EmbeddingTraining(options, member, Mix(options.Seed, member), targets);
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

    /// <summary>A seed for each member that neighbouring seeds and members do not share (the finaliser of SplitMix64).</summary>
    public static long Mix(long seed, long member)
    {
        ulong z = (ulong)seed + (0x9E3779B97F4A7C15 * (ulong)(member + 1));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (long)((z ^ (z >> 31)) & long.MaxValue);
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
