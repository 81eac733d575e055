using System.Buffers;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// Files of models as other people left them, safetensors and PyTorch checkpoints in any mixture, as a view: what files say of their tensors is read when it is opened, weights and
/// hashes when a row asks for them. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Columns, in the order of the files' names: <c>Name</c> (text, the file's path in the folder without its extension), <c>Weights</c> (the parameters, annotated with their layout
/// where all models have the same, else of varying length), <c>Layout</c> (text, <see cref="WeightLayout.ToJson"/>), <c>File</c> (text, the path), <c>Format</c> (text: <c>safetensors</c>,
/// <c>PyTorch zip</c> or <c>PyTorch legacy</c>), <c>Architecture</c> (text: of this library's where it is known, else a description of the layers), <c>Tensors</c> (Int32),
/// <c>Parameters</c> and <c>Buffers</c> (Int64, trainable floating-point numbers of the state dict, and all its others), <c>Bytes</c> (Int64, of the file), <c>Hash</c> (text, SHA-256 of
/// the file) and <c>Renamed</c> (text, a JSON object from names in the layout to names in the file, where they differ).
/// </remarks>
public sealed class ModelFolder : IDataView
{
    private const int NamedInMessage = 10;
    private const int ReadBytes = 1 << 18;

    private readonly ModelReader[] _files;
    private readonly string _root;
    private readonly NotFiniteHandling _notFinite;
    private readonly IndexedView _view;

    private ModelFolder(string root, string what, IEnumerable<string> paths, IEnumerable<SkippedFile> left, Options options)
    {
        _root = root;
        _notFinite = options.NotFinite;
        var files = new List<ModelReader>();
        var skipped = new List<SkippedFile>(left);
        var notFinite = new List<SkippedFile>();
        var layouts = new Dictionary<WeightLayout, WeightLayout>();
        foreach (string path in paths)
        {
            try
            {
                if (ModelFolderFiles.WhyNone(path) is { } reason)
                    throw new InvalidDataException(reason);
                var file = ModelReader.Read(path, (options.FileOptions?.Invoke(path) ?? options.File).ForReader());
                if (_notFinite == NotFiniteHandling.Skip && Check(file) is { } fault)
                {
                    notFinite.Add(new SkippedFile(path, fault));
                    continue;
                }

                file.ShareLayout(layouts);
                files.Add(file);
            }
            catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                skipped.Add(new SkippedFile(path, error.Message));
            }
        }

        if (options.NotModels == NotModelHandling.Refuse && skipped.Count > 0)
            throw new InvalidDataException(Describe(what, skipped));
        Skipped = [.. skipped.Concat(notFinite).OrderBy(file => file.Path, StringComparer.Ordinal)];
        if (files.Count == 0 && options.NotModels == NotModelHandling.Refuse)
            throw new InvalidDataException(Skipped.Count == 0 ? $"{what} holds no files." : Describe(what, Skipped));
        _files = [.. files];
        Layouts = [.. layouts.Keys];
        _view = new IndexedView(_files.Length, () => new FileRow(_files), Columns());
    }

    /// <summary>Number of models; 0 only where files that are none are skipped.</summary>
    public int Count => _files.Length;

    /// <summary>The layouts that occur, in the order of the first model that has each.</summary>
    public IReadOnlyList<WeightLayout> Layouts { get; }

    /// <summary>The files that were left out because they are not models, or models with weights that are not finite, with the reasons.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; }

    /// <inheritdoc/>
    public DataViewSchema Schema => _view.Schema;

    /// <summary>True: any order serves.</summary>
    public bool CanShuffle => true;

    /// <inheritdoc/>
    public long? GetRowCount() => _files.Length;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => _view.GetRowCursor(columnsNeeded, rand);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => _view.GetRowCursorSet(columnsNeeded, n, rand);

    internal static ModelFolder Open(string folder, Options options)
    {
        options.Validate();
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with files of models.");
        (List<string> files, List<SkippedFile> skipped) = ModelFolderFiles.Find(folder, options.Recursive);
        return new ModelFolder(Path.GetFullPath(folder), $"'{folder}'", files, skipped, options);
    }

    internal static ModelFolder Open(IEnumerable<string> paths, Options options)
    {
        options.Validate();
        string[] all = [.. paths];
        if (all.Length == 0)
            throw new ArgumentException("There are no files.", nameof(paths));
        foreach (string path in all)
            ArgumentException.ThrowIfNullOrEmpty(path, nameof(paths));
        return new ModelFolder("", "The list", all, [], options);
    }

    private static string Describe(string what, IReadOnlyList<SkippedFile> skipped) =>
        $"{skipped.Count} file{(skipped.Count == 1 ? "" : "s")} of {what} {(skipped.Count == 1 ? "is no model" : "are no models")}: "
        + string.Join(" ", skipped.Take(NamedInMessage).Select(file => file.Reason))
        + (skipped.Count > NamedInMessage ? $" And {skipped.Count - NamedInMessage} more." : "")
        + $" Skip them by {nameof(ModelFolder)}.{nameof(Options)}.{nameof(Options.NotModels)}.";

    private static string? Check(ModelReader file)
    {
        float[] weights = ArrayPool<float>.Shared.Rent(file.Layout.Length);
        string? fault = file.FindNotFinite(weights.AsSpan(0, file.Layout.Length));
        ArrayPool<float>.Shared.Return(weights);
        return fault is null ? null : file.Malformed(fault).Message;
    }

    private static string HashOf(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            long position = 0;
            for (int count; (count = RandomAccess.Read(handle, buffer, position)) > 0; position += count)
                hash.AppendData(buffer, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void ReadWeights(ModelReader file, Span<float> values)
    {
        if (_notFinite != NotFiniteHandling.MissingValues)
            file.ReadWeights(values);
        else if (file.FindNotFinite(values) is not null)
            values.Fill(float.NaN);
    }

    private IEnumerable<IndexedColumn> Columns()
    {
        Dictionary<WeightLayout, string> texts = Layouts.ToDictionary(layout => layout, layout => layout.ToJson());
        Dictionary<WeightLayout, string> architectures = Layouts.ToDictionary(layout => layout, ArchitectureDescription.Of);
        yield return Text(ZooColumns.Name, file => Path.ChangeExtension(Relative(file), null).Replace('\\', '/'));
        yield return IndexedColumn.Vector<FileRow>(
            ZooColumns.Weights,
            Layouts is [{ } only] ? only.Length : null,
            row => row.File.Layout.Length,
            (row, values) => ReadWeights(row.File, values),
            Layouts is [{ } layout] ? ZooAnnotations.ForWeights(layout) : null);
        yield return Text(ZooColumns.Layout, file => texts[file.Layout]);
        yield return Text(ModelColumns.File, file => Relative(file).Replace('\\', '/'));
        yield return Text(ModelColumns.Format, file => file.Format);
        yield return Text(ModelColumns.Architecture, file => architectures[file.Layout]);
        yield return IndexedColumn.Of<FileRow, int>(ModelColumns.Tensors, NumberDataViewType.Int32, row => row.File.TensorCount);
        yield return IndexedColumn.Of<FileRow, long>(ModelColumns.Parameters, NumberDataViewType.Int64, row => row.File.ParameterCount);
        yield return IndexedColumn.Of<FileRow, long>(ModelColumns.Buffers, NumberDataViewType.Int64, row => row.File.BufferCount);
        yield return IndexedColumn.Of<FileRow, long>(ModelColumns.Bytes, NumberDataViewType.Int64, row => new FileInfo(row.File.Path).Length);
        yield return Text(ModelColumns.Hash, file => HashOf(file.Path));
        yield return Text(ModelColumns.Renamed, file => file.RenamesJson());

        static IndexedColumn Text(string name, Func<ModelReader, string> get) =>
            IndexedColumn.Of<FileRow, ReadOnlyMemory<char>>(name, TextDataViewType.Instance, row => get(row.File).AsMemory());
    }

    /// <summary>The number of models and what they are, on one line.</summary>
    public override string ToString() => $"{Count} models of {string.Join(", ", Layouts)}";

    private string Relative(ModelReader file) => _root.Length == 0 ? file.Path : Path.GetRelativePath(_root, Path.GetFullPath(file.Path));

    /// <summary>How a folder or a list of model files is read.</summary>
    public sealed class Options
    {
        /// <summary>What is done about files that are not models; they are refused by default.</summary>
        public NotModelHandling NotModels { get; set; } = NotModelHandling.Refuse;

        /// <summary>What is done about models whose weights are not all finite; reading them is refused by default.</summary>
        public NotFiniteHandling NotFinite { get; set; } = NotFiniteHandling.Refuse;

        /// <summary>Whether folders inside the folder are read too. Default: true.</summary>
        public bool Recursive { get; set; } = true;

        /// <summary>How files are read. Default: as <see cref="ModelFileOptions"/> has it.</summary>
        public ModelFileOptions File { get; set; } = new();

        /// <summary>
        /// How one file is read, given its path: to ask for a state dict of one checkpoint, or to state the architecture or the wiring of one model. Where it is null, the default, or
        /// gives null, <see cref="File"/> holds.
        /// </summary>
        public Func<string, ModelFileOptions?>? FileOptions { get; set; }

        internal void Validate()
        {
            ArgumentNullException.ThrowIfNull(File);
            if (!Enum.IsDefined(NotModels))
                throw new ArgumentOutOfRangeException(nameof(NotModels), NotModels, $"NotModels is '{NotModels}'; expected one of {string.Join(", ", Enum.GetNames<NotModelHandling>())}.");
            if (!Enum.IsDefined(NotFinite))
                throw new ArgumentOutOfRangeException(nameof(NotFinite), NotFinite, $"NotFinite is '{NotFinite}'; expected one of {string.Join(", ", Enum.GetNames<NotFiniteHandling>())}.");
            File.ForReader();
        }
    }

    private sealed class FileRow(ModelReader[] files) : IndexedRow
    {
        public ModelReader File => files[Index];
    }
}

/// <summary>Names of the columns that folders of other people's models have beside those of <see cref="ZooColumns"/>.</summary>
public static class ModelColumns
{
    /// <summary>Text: the file's path, in its folder where there is one.</summary>
    public const string File = "File";

    /// <summary>Text: <c>safetensors</c>, <c>PyTorch zip</c> or <c>PyTorch legacy</c>.</summary>
    public const string Format = "Format";

    /// <summary>Text: the architecture, or a description of the layers.</summary>
    public const string Architecture = "Architecture";

    /// <summary><c>Int32</c>: tensors of the state dict.</summary>
    public const string Tensors = "Tensors";

    /// <summary><c>Int64</c>: trainable floating-point numbers.</summary>
    public const string Parameters = "Parameters";

    /// <summary><c>Int64</c>: all other numbers of the state dict.</summary>
    public const string Buffers = "Buffers";

    /// <summary><c>Int64</c>: bytes of the file.</summary>
    public const string Bytes = "Bytes";

    /// <summary>Text: SHA-256 of the file, in lower-case hexadecimal.</summary>
    public const string Hash = "Hash";

    /// <summary>Text: a JSON object from names in the layout to names in the file, where they differ; else empty.</summary>
    public const string Renamed = "Renamed";
}
