using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>Trains the networks of an ensemble side by side, one thread each.</summary>
internal static class EmbeddingEnsemble
{
    /// <summary>The parameters of every member, in order, and their learning curves one after another.</summary>
    public static (float[][][] Members, List<EmbeddingEpoch> Curve) Train(
        IHostEnvironment env, EmbeddingTrainerOptions options, float[][] targets, Func<int, Generator, EmbeddingNetwork> build)
    {
        TrainingDevice.TellCpuOnly(env, "An encoder");
        Log(env, $"Training an encoder of {targets.Length} models: {options.Members} network{(options.Members == 1 ? "" : "s")}, up to {options.Epochs} epochs each, {options.Loss}, seed {options.Seed}");
        var members = new float[options.Members][][];
        var curves = new List<EmbeddingEpoch>[options.Members];
        try
        {
            TorchThreads.For(members.Length, options.Threads ?? -1, options.CancellationToken, member =>
            {
                var training = new EmbeddingTraining(options, member, SplitMix.SeedOf(options.Seed!.Value, member), targets);
                members[member] = training.Run(generator => build(member, generator));
                curves[member] = training.Curve;
            });
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain("The encoder cannot be trained", error);
        }

        foreach (List<EmbeddingEpoch> curve in curves)
        {
            EmbeddingEpoch best = curve.MinBy(epoch => epoch.ValidationAngle);
            Log(env, string.Create(CultureInfo.InvariantCulture, $"Trained network {best.Member} for {curve.Count} epochs; the least angle is {best.ValidationAngle:F2}°, of epoch {best.Epoch}"));
        }

        return (members, [.. curves.SelectMany(curve => curve)]);
    }

    private static void Log(IHostEnvironment env, string message)
    {
        using IChannel channel = env.Start("EmbeddingTrainer");
        channel.Info(MessageSensitivity.None, message);
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

    public static void WriteClasses(BinaryWriter writer, string[] classes)
    {
        writer.Write(classes.Length);
        foreach (string name in classes)
            writer.Write(name);
    }

    /// <summary>The names of the classes whose axes the dimensions are; none where they are no axes of classes.</summary>
    public static string[] ReadClasses(BinaryReader reader, int dimension)
    {
        string[] classes = new string[ModelContent.ReadCount(reader, "classes", 0, dimension)];
        if (classes.Length != 0 && classes.Length != dimension)
            throw new InvalidDataException($"There are {classes.Length} names of {dimension} classes.");
        for (int i = 0; i < classes.Length; i++)
            classes[i] = ModelContent.ReadText(reader, "class name");
        return classes;
    }

    /// <summary>What a column of places says of itself.</summary>
    public static DataViewSchema.Annotations? Annotations(EmbeddingSpace space, string[] classes) =>
        space == EmbeddingSpace.Sphere ? ZooAnnotations.ForNormalized(classes) : classes.Length > 0 ? ZooAnnotations.ForSlots(classes) : null;

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
