namespace MLNetModelSpace;

/// <summary>How a model's file is read, of whatever format it is.</summary>
public sealed class ModelFileOptions
{
    /// <summary>
    /// The state dict that is meant in a checkpoint with several, by the keys that lead to it with dots between (<c>ema</c>, <c>checkpoint.model</c>); null, the default,
    /// where there is one. Optimizer state is none.
    /// </summary>
    public string? StateDict { get; set; }

    /// <summary>What becomes of buffers (running statistics, counters). Default: they stay in the file.</summary>
    public BufferHandling Buffers { get; set; }

    /// <summary>
    /// The architecture that the model is of; null, the default, for what the file says. Tensors are matched by name, else by the order of layers and their shapes; the
    /// model can then be run. It needs <see cref="ImageShape"/>.
    /// </summary>
    public Architecture? Architecture { get; set; }

    /// <summary>The shape of the images that <see cref="Architecture"/> is for. Default: null.</summary>
    public ImageShape? ImageShape { get; set; }

    /// <summary>
    /// How the model is wired, in the file's names without what stands before all of them (<c>module.</c>), as <see cref="MLNetModelSpace.Wiring.Parse"/> reads it:
    /// <c>conv1 -&gt; fc21 | fc22 -&gt; up1:transposed</c>. Null, the default, for what the architecture, the file's modules or the rules say.
    /// </summary>
    public string? Wiring { get; set; }

    /// <summary>
    /// Whether models whose wiring is known get the names of this library's architectures (<c>encoder.0.weight</c>, <c>encoder_mean.weight</c>, <c>decoder.weight</c>), so that
    /// one architecture has one layout, however its authors spelled it. Default: true.
    /// </summary>
    public bool CanonicalNames { get; set; } = true;

    /// <summary>Which tensors are parameters; null, the default, for floating-point ones that are no buffers.</summary>
    public Func<StoredTensor, bool>? Include { get; set; }

    internal ModelReaderOptions ForReader()
    {
        if (!Enum.IsDefined(Buffers))
            throw new ArgumentOutOfRangeException(nameof(Buffers), Buffers, $"Buffers is '{Buffers}'; expected one of {string.Join(", ", Enum.GetNames<BufferHandling>())}.");
        if (Architecture is not null && Wiring is not null)
            throw new ArgumentException($"{nameof(Architecture)} says the wiring already; expected it or {nameof(Wiring)}, not both.", nameof(Wiring));
        return new ModelReaderOptions
        {
            StateDict = StateDict,
            Buffers = Buffers,
            Architecture = Architecture,
            ImageShape = RequireShape(Architecture, ImageShape),
            Wiring = Wiring,
            Rename = CanonicalNames,
            Include = Include,
        };
    }

    /// <summary>Checks that an architecture has the shape of its images with it.</summary>
    internal static ImageShape? RequireShape(Architecture? architecture, ImageShape? shape)
    {
        if (architecture is not null != shape is not null)
            throw new ArgumentException($"{nameof(Architecture)} and {nameof(ImageShape)} are given together, or neither.", nameof(shape));
        if (shape is { IsValid: false } wrong)
            throw new ArgumentException($"An image of {wrong} has no pixels.", nameof(shape));
        return shape;
    }
}

/// <summary>What becomes of a model's buffers: running statistics of batch normalisation, counters, masks. They are no parameters, and nothing trains them.</summary>
public enum BufferHandling
{
    /// <summary>They are left in the file. Normalisations then cannot be folded, and canonical forms of such models refuse.</summary>
    Skip,

    /// <summary>They go along behind the parameters, and the layout marks them: canonical forms fold normalisations, and no vectorization takes buffers for weights.</summary>
    Keep,

    /// <summary>They go along behind the parameters and count as weights.</summary>
    AsWeights,
}
