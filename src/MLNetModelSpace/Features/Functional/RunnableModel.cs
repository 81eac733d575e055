namespace MLNetModelSpace.Features;

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
