using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Where one component reads itself from; the counterpart of <see cref="ModelSaveContext"/>.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    private readonly ModelArchiveReader _archive;
    private readonly string _folder;

    public readonly BinaryReader Reader;

    public readonly string LoaderAssemblyName;

    internal ModelHeader Header;

    private ModelLoadContext(ModelArchiveReader archive, string folder, byte[] content)
    {
        _archive = archive;
        _folder = folder;
        Reader = new BinaryReader(new MemoryStream(content, writable: false), Encoding.UTF8);
        try
        {
            Header.ModelSignature = Reader.ReadUInt64();
            Header.ModelVerWritten = Reader.ReadUInt32();
            Header.ModelVerReadable = Reader.ReadUInt32();
            Header.LoaderSignature = Reader.ReadString();
            LoaderAssemblyName = Reader.ReadString();
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException)
        {
            throw Errors.BadModel($"Corrupt model file: entry '{folder}/{ModelArchive.KeyName}' is too short", error);
        }
    }

    public void Dispose() => Reader.Dispose();

    /// <summary>Refuses what another kind of component, or a newer version of this one, wrote.</summary>
    public void CheckAtModel(VersionInfo ver)
    {
        if (Header.ModelSignature != ver.ModelSignature)
            throw Errors.BadModel($"Corrupt model file: '{_folder}' holds another kind of component than '{ver.LoaderSignature}'");
        if (Header.ModelVerReadable > ver.VerWrittenCur)
            throw Errors.BadModel($"'{_folder}' was written by a newer version ({Header.ModelVerWritten:x8}) of '{ver.LoaderSignature}' than this one ({ver.VerWrittenCur:x8})");
        if (Header.ModelVerWritten < ver.VerWeCanReadBack)
            throw Errors.BadModel($"'{_folder}' was written by a version ({Header.ModelVerWritten:x8}) of '{ver.LoaderSignature}' that is too old to read");
    }

    public string LoadStringOrNull() => Reader.ReadBoolean() ? Reader.ReadString() : null;

    public string LoadString() => Reader.ReadString();

    public string LoadNonEmptyString() =>
        Reader.ReadString() is { Length: > 0 } text ? text : throw Errors.BadModel($"Corrupt model file: an empty name in '{_folder}'");

    /// <summary>A count before so many items of at least <paramref name="itemSize"/> bytes: one that the rest of the payload cannot hold is refused.</summary>
    public int LoadCount(int itemSize = 1)
    {
        int count = Reader.ReadInt32();
        if (count < 0 || (long)count * itemSize > Reader.BaseStream.Length - Reader.BaseStream.Position)
            throw Errors.BadModel($"Corrupt model file: a count of {count} in '{_folder}', more than the entry holds");
        return count;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        if (_archive.Read($"{_folder}/{name}") is not { } content)
            return false;
        using var reader = new BinaryReader(new MemoryStream(content, writable: false), Encoding.UTF8);
        action(reader);
        return true;
    }

    public TRes LoadModel<TRes>(IHostEnvironment env, string name)
        where TRes : class => Load<TRes>(env, _archive, $"{_folder}/{name}");

    public static TRes Load<TRes>(IHostEnvironment env, ModelArchiveReader archive, string folder)
        where TRes : class
    {
        string path = $"{folder}/{ModelArchive.KeyName}";
        var content = archive.Read(path) ?? throw Errors.BadModel($"Corrupt model file: entry '{path}' is missing");
        using var ctx = new ModelLoadContext(archive, folder, content);
        var info = Find(env.ComponentCatalog, ctx) ?? throw Errors.BadModel(
            $"Unknown component '{ctx.Header.LoaderSignature}' in '{folder}': nothing that loads it is registered (its assembly is {ctx.LoaderAssemblyName})");
        object instance;
        try
        {
            instance = info.CreateInstance(env, null, [ctx]);
        }
        catch (InvalidOperationException error) when (IsBadContent(error.InnerException) && info.LoaderType.Assembly == typeof(ModelLoadContext).Assembly)
        {
            throw Errors.BadModel($"Corrupt model file: entry '{path}' holds no {info.LoaderType.Name} ({error.InnerException.Message})", error);
        }
        return instance as TRes
            ?? throw Errors.BadModel($"Corrupt model file: '{folder}' holds a {instance.GetType().Name}, expected a {typeof(TRes).Name}");
    }

    // What our own loaders run into when the bytes are not what they wrote.
    private static bool IsBadContent(Exception error) => error is IOException or ArgumentException or OverflowException or IndexOutOfRangeException;

    // A component's assembly may not have been registered yet; where it is loaded already, it is now.
    private static ComponentCatalog.LoadableClassInfo Find(ComponentCatalog catalog, ModelLoadContext ctx)
    {
        string signature = ctx.Header.LoaderSignature;
        var info = catalog.GetLoadableClassInfo(signature, typeof(SignatureLoadModel));
        if (info is not null || string.IsNullOrEmpty(ctx.LoaderAssemblyName))
            return info;
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
            if (assembly.FullName == ctx.LoaderAssemblyName)
                catalog.RegisterAssembly(assembly, throwOnError: false);
        return catalog.GetLoadableClassInfo(signature, typeof(SignatureLoadModel));
    }
}
