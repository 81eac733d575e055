namespace MLNetModelSpace;

/// <summary>How a zoo's folder is read.</summary>
public sealed class ZooDirectoryOptions
{
    /// <summary>What is done about files that are not models; they are refused by default.</summary>
    public NotModelHandling NotModels { get; set; } = NotModelHandling.Refuse;

    /// <summary>What is done about models whose weights are not all finite; reading them is refused by default.</summary>
    public NotFiniteHandling NotFinite { get; set; } = NotFiniteHandling.Refuse;

    /// <summary>Whether folders inside the folder are read too; not by default. Names then have the folders' names before them.</summary>
    public bool Recursive { get; set; }

    /// <summary>
    /// Which tensors are weights; null, the default, for those of floating-point numbers: integers and booleans in a state dict are
    /// counters and masks.
    /// </summary>
    public Func<SafetensorsTensor, bool>? Include { get; set; }
}
