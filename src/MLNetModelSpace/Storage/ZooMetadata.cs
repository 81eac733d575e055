namespace MLNetModelSpace.Storage;

/// <summary>
/// Keys of the metadata in a zoo's safetensors files. The layout has none: the tensors,
/// which lie in the file in <c>state_dict</c> order, say it themselves. Numbers are written in the invariant culture, round-trip.
/// </summary>
internal static class ZooMetadata
{
    /// <summary>The architecture, as <see cref="WeightLayout.Architecture"/> has it.</summary>
    public const string Architecture = "modelspace.architecture";

    /// <summary>The seed of initialisation and shuffling, an <c>Int64</c>.</summary>
    public const string Seed = "modelspace.seed";

    /// <summary>The training options, as one text.</summary>
    public const string Options = "modelspace.options";

    /// <summary>Mean training loss of the last epoch, a <c>Single</c>.</summary>
    public const string TrainingLoss = "modelspace.training_loss";

    /// <summary>Mean squared reconstruction error on the training sample, a <c>Single</c>.</summary>
    public const string ReconstructionError = "modelspace.reconstruction_error";

    /// <summary>Class proportions of the sample, a JSON array of numbers.</summary>
    public const string Shares = "modelspace.shares";

    /// <summary>The classes the proportions are of, a JSON array of texts.</summary>
    public const string Classes = "modelspace.classes";
}
