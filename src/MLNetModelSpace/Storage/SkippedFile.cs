namespace MLNetModelSpace;

/// <summary>A file of a zoo's folder that was left out.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reason">Why it is not a model.</param>
public sealed record SkippedFile(string Path, string Reason);
