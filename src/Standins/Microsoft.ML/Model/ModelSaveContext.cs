using System.Text;

namespace Microsoft.ML;

/// <summary>Where one component writes itself: a payload, and further streams and components in a folder of its own.</summary>
public sealed class ModelSaveContext : IDisposable
{
    private readonly ModelArchiveWriter _archive;
    private readonly string _folder;
    private VersionInfo? _version;

    internal readonly BinaryWriter Writer = new(new MemoryStream(), Encoding.UTF8);

    internal ModelSaveContext(ModelArchiveWriter archive, string folder)
    {
        _archive = archive;
        _folder = folder;
    }

    public void Dispose() => Writer.Dispose();

    internal void SetVersionInfo(VersionInfo ver) => _version = ver;

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        Errors.CheckNonEmpty(name, nameof(name));
        ArgumentNullException.ThrowIfNull(action);
        _archive.Write($"{_folder}/{name}", action);
    }

    /// <summary>Writes text to the payload; null stays null.</summary>
    internal void SaveStringOrNull(string value)
    {
        Writer.Write(value is not null);
        if (value is not null)
            Writer.Write(value);
    }

    internal void SaveString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Writer.Write(value);
    }

    internal void SaveNonEmptyString(string value)
    {
        Errors.CheckNonEmpty(value, nameof(value));
        Writer.Write(value);
    }

    /// <summary>Writes another component into a folder below this one's.</summary>
    internal void SaveModel<T>(T value, string name)
        where T : class
    {
        if (value is not ICanSaveModel savable)
            throw new InvalidOperationException($"A component of type {value?.GetType().FullName ?? "null"} cannot be saved: it does not implement {nameof(ICanSaveModel)}");
        Save(_archive, savable, $"{_folder}/{name}");
    }

    internal static void Save(ModelArchiveWriter archive, ICanSaveModel value, string folder)
    {
        using var ctx = new ModelSaveContext(archive, folder);
        value.Save(ctx);
        if (ctx._version is not { } version)
            throw new InvalidOperationException($"A component of type {value.GetType().FullName} set no version while it was saved");
        ctx.Writer.Flush();
        var payload = (MemoryStream)ctx.Writer.BaseStream;
        archive.Write($"{folder}/{ModelArchive.KeyName}", writer =>
        {
            writer.Write(version.ModelSignature);
            writer.Write(version.VerWrittenCur);
            writer.Write(version.VerReadableCur);
            writer.Write(version.LoaderSignature ?? "");
            writer.Write(version.LoaderAssemblyName ?? "");
            writer.Write(payload.GetBuffer(), 0, checked((int)payload.Length));
        });
    }
}
