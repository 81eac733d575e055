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
