namespace MLNetModelSpace.Embedding;

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
