namespace MLNetModelSpace.Storage;

/// <summary>A file of named tensors, of any format that is read.</summary>
internal abstract class TensorFile : IDisposable
{
    /// <summary>Tensors may be windows of the same numbers; all together are not more than so many times the file, and <see cref="SpareBytes"/>.</summary>
    private const int MaxGrowth = 8;
    private const long SpareBytes = 1 << 24;

    /// <summary>Bytes that names of tensors are of.</summary>
    private static readonly System.Buffers.SearchValues<byte> s_nameBytes = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"u8);

    public required string Path { get; init; }

    /// <summary>Such as <c>safetensors</c> or <c>PyTorch zip</c>.</summary>
    public required string Format { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public required IReadOnlyList<StoredTensor> Tensors { get; init; }

    /// <summary>Whether the tensors are in the order that they have in the module: Python's safetensors sorts them.</summary>
    public required bool KeepsOrder { get; init; }

    public abstract void CopyTo(int index, Span<float> destination);

    public abstract void Dispose();

    /// <summary>Opens a file by what it begins with, whatever it is called.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stateDict">The state dict that is meant, in checkpoints with several; null where there is one.</param>
    /// <exception cref="InvalidDataException">It is of no format that is read, damaged, or holds several state dicts.</exception>
    public static TensorFile Open(string path, string? stateDict = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool isPyTorch;
        long length;
        using (SafetensorsSource source = SafetensorsSource.FromFile(path, mapped: false))
            (isPyTorch, length) = (IsPyTorch(source), source.Length);
        return Checked(isPyTorch ? FromPyTorch(PyTorchFile.Open(path), stateDict) : FromSafetensors(SafetensorsFile.Open(path), stateDict), length);
    }

    /// <summary>Reads a file that is in memory.</summary>
    public static TensorFile Parse(ReadOnlyMemory<byte> bytes, string name, string? stateDict = null)
    {
        using SafetensorsSource source = SafetensorsSource.FromMemory(bytes);
        return Checked(IsPyTorch(source) ? FromPyTorch(PyTorchFile.Parse(bytes, name), stateDict) : FromSafetensors(SafetensorsFile.Parse(bytes, name), stateDict), bytes.Length);
    }

    private static bool IsPyTorch(SafetensorsSource source) => PyTorchFile.IsZip(source) || PyTorchFile.IsOld(source);

    private static TensorFile Checked(TensorFile file, long length)
    {
        try
        {
            Int128 elements = 0;
            foreach (StoredTensor tensor in file.Tensors)
                elements += tensor.Length;
            if (elements * sizeof(float) > ((Int128)length * MaxGrowth) + SpareBytes)
                throw new InvalidDataException($"'{file.Path}' is refused: its tensors have {elements} elements together, far more than the file's bytes; they are windows of the same numbers.");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What a file that is no safetensors file seems to be; null where nothing tells.</summary>
    internal static string? Recognize(SafetensorsSource source)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(source.Length, 64)];
        source.Read(0, start);
        if (PyTorchFile.IsZip(source))
            return "a zip, as PyTorch's files are";
        if (PyTorchFile.IsOld(source))
            return "a PyTorch file of before version 1.6";
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer: the file itself is still to be fetched (git lfs pull)";
        if (start.StartsWith("\u0089HDF"u8) || start is [0x89, (byte)'H', (byte)'D', (byte)'F', ..])
            return "an HDF5 file, as Keras writes them";
        if (start.StartsWith("GGUF"u8))
            return "a GGUF file";
        if (start is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..])
            return "a NumPy array";
        if (start is [0x1F, 0x8B, ..])
            return "gzip";
        if (start is [0x80, >= 2 and <= 5, ..])
            return "a pickle that PyTorch did not write";
        if (start.TrimStart(" \r\n\t"u8) is [(byte)'<', ..])
            return "a web page";
        // TorchSharp's own: a count in 7-bit pieces, then names with their lengths.
        if (start is [_, > 0 and < 64, ..] && start.Slice(2, Math.Min(start[1], start.Length - 2)).IndexOfAnyExcept(s_nameBytes) < 0)
            return "perhaps TorchSharp's own format (module.save); save module.state_dict() as safetensors instead";
        return null;
    }

    private static PyTorchTensors FromPyTorch(PyTorchFile file, string? stateDict)
    {
        try
        {
            return new PyTorchTensors(file, stateDict)
            {
                Path = file.Path,
                Format = file.IsLegacy ? "PyTorch legacy" : "PyTorch zip",
                Metadata = new Dictionary<string, string>(),
                Tensors = file.GetTensors(stateDict),
                KeepsOrder = true,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafetensorsTensors FromSafetensors(SafetensorsFile file, string? stateDict)
    {
        if (!string.IsNullOrEmpty(stateDict))
        {
            file.Dispose();
            throw new InvalidDataException($"'{file.Path}' is no PyTorch file and holds no state dict '{stateDict}'.");
        }

        return new SafetensorsTensors(file)
        {
            Path = file.Path,
            Format = "safetensors",
            Metadata = file.Metadata,
            Tensors = [.. file.Tensors.Select(tensor => new StoredTensor(tensor.Name, tensor.DataType, tensor.Shape.ToArray()))],
            KeepsOrder = !IsSorted(file.Tensors),
        };
    }

    /// <summary>Whether the order is that of Python's safetensors: by element type from wide to narrow, then by name.</summary>
    private static bool IsSorted(IReadOnlyList<SafetensorsTensor> tensors)
    {
        for (int i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].DataType == tensors[i - 1].DataType && string.CompareOrdinal(tensors[i - 1].Name, tensors[i].Name) > 0)
                return false;
        }

        return true;
    }

    private sealed class SafetensorsTensors(SafetensorsFile file) : TensorFile
    {
        public override void CopyTo(int index, Span<float> destination) => file.CopyTo(index, destination);

        public override void Dispose() => file.Dispose();
    }

    private sealed class PyTorchTensors(PyTorchFile file, string? stateDict) : TensorFile
    {
        public override void CopyTo(int index, Span<float> destination) => file.CopyTo(index, destination, stateDict);

        public override void Dispose() => file.Dispose();
    }
}
