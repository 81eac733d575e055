namespace MLNetModelSpace;

/// <summary>What is done about files of a zoo's folder that are not models.</summary>
public enum NotModelHandling
{
    /// <summary>The zoo is refused, and the exception names them.</summary>
    Refuse,

    /// <summary>They are left out, and <see cref="ZooDirectory.Skipped"/> names them.</summary>
    Skip,
}
