namespace MLNetModelSpace.Fuzz;

/// <summary>A reader of files: it reads a file, or refuses it in the ways that its documentation names.</summary>
public abstract class FuzzTarget : IDisposable
{
    private static readonly Dictionary<string, Func<FuzzTarget>> s_all = new()
    {
        ["safetensors"] = () => new SafetensorsTarget(),
        ["checkpoint"] = () => new CheckpointTarget(),
        ["idx"] = () => new IdxTarget(),
        ["cifar"] = () => new Cifar10Target(),
        ["index"] = () => new IndexTarget(),
        ["layout"] = () => new LayoutTarget(),
        ["zip"] = () => new PipelineTarget(),
    };

    /// <summary>The targets' names.</summary>
    public static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>Small whole files, of every kind that the reader knows.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>The target of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static FuzzTarget Create(string name) =>
        s_all.TryGetValue(name, out Func<FuzzTarget>? create) ? create() : throw new ArgumentException($"'{name}' is no target; there are {string.Join(", ", Names)}.");

    /// <summary>Reads a file and all that is in it.</summary>
    /// <exception cref="Exception">One that <see cref="IsRefusal"/> where the file is refused; any other is a fault of the reader.</exception>
    public abstract void Read(byte[] file);

    /// <summary>Whether an exception is one that the reader's documentation names for bad files.</summary>
    public virtual bool IsRefusal(Exception error) => error is InvalidDataException;

    /// <summary>Removes what the target keeps on disk.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>A reader of a folder, in which the damaged file gets its name. The folder is in memory where the system has one there: the reader is tried, not the disk.</summary>
public abstract class FolderTarget : FuzzTarget
{
    private const string MemoryFolder = "/dev/shm";

    private readonly string _folder = Directory.Exists(MemoryFolder)
        ? Directory.CreateDirectory(Path.Combine(MemoryFolder, $"modelspace-fuzz-{Guid.NewGuid():N}")).FullName
        : Directory.CreateTempSubdirectory("modelspace-fuzz-").FullName;

    protected string Folder => _folder;

    public override void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        base.Dispose();
    }

    /// <summary>Writes a file and gives its path.</summary>
    protected string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
