namespace MLNetModelSpace.Interop;

/// <summary>
/// A file in the making: written under a temporary name in the same folder and renamed by <see cref="Commit"/>, so that the
/// final name only ever holds a whole file. Disposed without a commit, it leaves nothing behind.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    /// <summary>How temporary names end; such a file is what a killed process left.</summary>
    public const string TemporarySuffix = ".tmp";

    private readonly string _path;
    private readonly string _temporary;
    private bool _done;

    /// <summary>Opens the temporary file.</summary>
    /// <exception cref="IOException">The folder is absent or cannot be written.</exception>
    public PendingFile(string path)
    {
        _path = Path.GetFullPath(path);
        _temporary = $"{_path}.{Guid.NewGuid():N}{TemporarySuffix}";
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Where the content goes; unbuffered.</summary>
    public FileStream Stream { get; }

    /// <summary>Gives the file its name, in place of one that has it already.</summary>
    public void Commit()
    {
        Stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _done = true;
    }

    public void Dispose()
    {
        if (_done)
            return;
        _done = true;
        Stream.Dispose();
        File.Delete(_temporary);
    }
}
