namespace MLNetModelSpace.Features;

/// <summary>What is asked of every model, and what is made of the answers: all that a model file keeps of it.</summary>
internal sealed record ProbePlan(
    ImageShape Shape, ProbeFeatures Features, float[] ReferenceImages, int ReferenceGroups, int Noise, int Impulses, int Gratings, int Directions,
    int JacobianProbes, int JacobianDirections, int Seed, int Textures, int ImagesPerTexture)
{
    private const int MaxSide = 1 << 14;
    private const int MaxReferenceValues = 1 << 28;

    /// <summary>The model of a layout.</summary>
    /// <exception cref="InvalidDataException">It cannot be run, or takes images of another shape.</exception>
    public RunnableModel Runnable(WeightLayout layout)
    {
        RunnableModel model = RunnableModel.Find(layout)
            ?? throw new InvalidDataException($"Weights of {layout} cannot be run: their layout names no architecture with the shape of its images.");
        return model.Shape == Shape
            ? model
            : throw new InvalidDataException($"Probes are images of {Shape}; weights of {layout} take images of {model.Shape}.");
    }

    /// <summary>The textures that <see cref="ProbeFeatures.Stationarity"/> mixes.</summary>
    public float[] CreateTextures() => TextureImages.Create(Shape, Textures, ImagesPerTexture, Seed);

    /// <summary>Finite weights may be large enough to answer with infinity; such a model has no features.</summary>
    public static InvalidDataException TooLarge(WeightLayout layout) =>
        new($"A model of {layout} answers probes with numbers too large to be squared; its weights are beyond use.");

    public void Write(BinaryWriter writer)
    {
        foreach (int value in (int[])[Shape.Channels, Shape.Height, Shape.Width, (int)Features])
            writer.Write(value);
        ModelContent.WriteFloats(writer, ReferenceImages);
        foreach (int value in (int[])[Noise, Impulses, Gratings, Directions, JacobianProbes, JacobianDirections, Seed, ReferenceGroups, Textures, ImagesPerTexture])
            writer.Write(value);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static ProbePlan Read(BinaryReader reader)
    {
        int channels = ModelContent.ReadCount(reader, "channels", 1, MaxSide);
        int height = ModelContent.ReadCount(reader, "height", 1, MaxSide);
        int width = ModelContent.ReadCount(reader, "width", 1, MaxSide);
        var features = (ProbeFeatures)ModelContent.ReadCount(reader, "features", 1, (int)ProbeModelEstimator.AllFeatures);
        float[] images = ModelContent.ReadFloats(reader, "reference images", MaxReferenceValues);
        int Count(string what, int least) => ModelContent.ReadCount(reader, what, least, ProbeModelEstimator.Options.MaxCount);
        var options = new ProbeModelEstimator.Options { Features = features };
        options.Probes.ReferenceImages = images;
        options.Probes.Noise = Count("noise", 0);
        options.Probes.Impulses = Count("impulses", 0);
        options.Probes.Gratings = Count("gratings", 0);
        options.Answers.Directions = Count("directions", 0);
        options.Jacobian.Probes = Count("jacobian probes", 1);
        options.Jacobian.Directions = Count("jacobian directions", 1);
        options.Seed = reader.ReadInt32();
        options.Probes.ReferenceGroups = Count("reference groups", 1);
        options.Stationarity.Textures = Count("textures", 1);
        options.Stationarity.ImagesPerTexture = Count("texture images", 1);

        // What was learned from labels stands behind the plan; their column is of no use any more.
        options.Stationarity.LabelColumnName = features.HasFlag(ProbeFeatures.Stationarity) ? nameof(options.Stationarity.LabelColumnName) : null;
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

/// <summary>An architecture and the shape of its images, as a layout names them: enough to run a model from its weights (<see cref="ProbeRunner"/>).</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Shape">The shape of one image.</param>
internal sealed record RunnableModel(Architecture Architecture, ImageShape Shape)
{
    /// <summary>What a layout names; null where it names nothing that can be run, or its tensors are not the architecture's.</summary>
    public static RunnableModel? Find(WeightLayout layout)
    {
        if (layout.Architecture.Length == 0)
            return null;
        try
        {
            Architecture architecture = Architecture.Parse(layout.Architecture, out ImageShape? shape);
            return shape is { } known && architecture.GetLayout(known).Tensors.SequenceEqual(layout.Tensors) ? new RunnableModel(architecture, known) : null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }
}
