namespace Examples;

/// <summary>A file that is written at the end of a long run: whether it can be is found out at its beginning.</summary>
internal static class OutputFile
{
    /// <summary>Checks that the path can be written.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    public static void Check(string? path)
    {
        if (path is null)
            return;
        if (Directory.Exists(path))
            throw new IOException($"'{path}' cannot be written: it is a directory.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new IOException($"'{path}' cannot be written: there is no directory '{folder}'.");
        try
        {
            using var probe = new FileStream(TemporaryName(path), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            if (File.Exists(path))
                File.OpenWrite(path).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Writes the file whole or not at all.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = TemporaryName(path);
        try
        {
            using (FileStream stream = File.Create(temporary))
                write(stream);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a text file whole or not at all.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Where something of another kind goes: <c>results.json</c> has <c>results.ten-way.json</c> beside it.</summary>
    public static string Beside(string path, string kind) => Path.ChangeExtension(path, $".{kind}{Path.GetExtension(path)}");

    private static string TemporaryName(string path) => $"{Path.GetFullPath(path)}.{Guid.NewGuid():N}.tmp";
}
