namespace MLNetModelSpace;

/// <summary>What is asked of every model, and what is made of the answers: all that a model file keeps of it.</summary>
internal sealed record ProbePlan(
    ImageShape Shape, ProbeFeatures Features, float[] ReferenceImages, int ReferenceGroups, int Noise, int Impulses, int Gratings, int Directions,
    int JacobianProbes, int JacobianDirections, int Seed)
{
    private const int MaxSide = 1 << 14;
    private const int MaxReferenceValues = 1 << 28;

    public void Write(BinaryWriter writer)
    {
        foreach (int value in (int[])[Shape.Channels, Shape.Height, Shape.Width, (int)Features])
            writer.Write(value);
        ModelContent.WriteFloats(writer, ReferenceImages);
        foreach (int value in (int[])[Noise, Impulses, Gratings, Directions, JacobianProbes, JacobianDirections, Seed, ReferenceGroups])
            writer.Write(value);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, today or in an earlier <paramref name="version"/>: the first had no groups.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static ProbePlan Read(BinaryReader reader, uint version)
    {
        int channels = ModelContent.ReadCount(reader, "channels", 1, MaxSide);
        int height = ModelContent.ReadCount(reader, "height", 1, MaxSide);
        int width = ModelContent.ReadCount(reader, "width", 1, MaxSide);
        var features = (ProbeFeatures)ModelContent.ReadCount(reader, "features", 1, (int)ProbeModelEstimator.AllFeatures);
        float[] images = ModelContent.ReadFloats(reader, "reference images", MaxReferenceValues);
        int Count(string what, int least) => ModelContent.ReadCount(reader, what, least, ProbeModelEstimator.Options.MaxCount);
        var options = new ProbeModelEstimator.Options
        {
            Features = features,
            ReferenceImages = images,
            Noise = Count("noise", 0),
            Impulses = Count("impulses", 0),
            Gratings = Count("gratings", 0),
            Directions = Count("directions", 0),
            JacobianProbes = Count("jacobian probes", 1),
            JacobianDirections = Count("jacobian directions", 1),
            Seed = reader.ReadInt32(),
            ReferenceGroups = version >= 2 ? Count("reference groups", 1) : 1,
        };
        try
        {
            options.Validate();
            return options.ToPlan(new ImageShape(channels, height, width));
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException(error.Message);
        }
    }
}
