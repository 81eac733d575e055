namespace MLNetModelSpace.Images;

/// <summary>A file at a dataset's own home: where it is, how long it is, and what it must hash to.</summary>
internal sealed record RemoteFile(Uri Address, string Name, long Length, string Sha256);
