namespace MLNetModelSpace;

/// <summary>What is done about models of a zoo's folder with weights that are not finite (NaN or an infinity), as diverged training leaves them.</summary>
public enum NotFiniteHandling
{
    /// <summary>The pass ends with an <see cref="InvalidDataException"/> when the weights are read; it names the file, the tensor and the place.</summary>
    Refuse,

    /// <summary>They are left out, and <see cref="ZooDirectory.Skipped"/> names them. Opening the folder then reads all weights once.</summary>
    Skip,

    /// <summary>All their weights are NaN, so that <c>FilterRowsByMissingValues</c> leaves the row out.</summary>
    MissingValues,
}
