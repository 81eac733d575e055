using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// A folder of models, one safetensors file each, as a view: headers are read when it is opened, weights when a row asks for them.
/// Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Columns: <c>Name</c> (text, the file's name without its extension; rows are in the order of the names), <c>Weights</c> (annotated with
/// its layout where all models have the same, else of varying length, with a text column <c>Layout</c> beside it), and as far as every
/// file has them <c>Seed</c>, <c>Shares</c> (of the same classes), <c>OriginClass</c> (key) and for two classes <c>Origin</c> where each model
/// has one class, <c>Label</c> (the same as <c>Origin</c> for two classes, else as <c>OriginClass</c>), <c>TrainingLoss</c> and
/// <c>ReconstructionError</c>. Other kinds of file, and files whose name begins with a dot, are no part of the zoo.
/// </remarks>
public sealed class ZooDirectory : IDataView
{
    private const int NamedInMessage = 10;

    private readonly ModelFile[] _files;
    private readonly NotFiniteHandling _notFinite;
    private readonly IndexedView _view;

    internal ZooDirectory(string folder, Options options)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with a *{ModelFile.Extension} file for each model.");
        Path = folder;
        var reading = new ModelReaderOptions { Include = options.Include, Architecture = options.Architecture, ImageShape = options.RequireShape(), Buffers = options.Buffers };
        var files = new List<ModelFile>();
        var skipped = new List<SkippedFile>();
        var notFinite = new List<SkippedFile>();
        float[] weights = [];
        var layouts = new Dictionary<WeightLayout, WeightLayout>();
        (List<string> paths, List<SkippedFile> left) = ModelFolderFiles.Find(folder, options.Recursive);
        skipped.AddRange(left.Where(file => file.Path.EndsWith(ModelFile.Extension, StringComparison.OrdinalIgnoreCase)));
        foreach (string path in paths.Where(path => path.EndsWith(ModelFile.Extension, StringComparison.OrdinalIgnoreCase)))
        {
            try
            {
                var file = ModelFile.ReadHeader(path, reading);
                if (options.NotFinite == NotFiniteHandling.Skip)
                {
                    if (weights.Length < file.Layout.Length)
                        weights = new float[file.Layout.Length];
                    if (file.FindNotFinite(weights.AsSpan(0, file.Layout.Length)) is { } fault)
                    {
                        notFinite.Add(new SkippedFile(path, SafetensorsFile.Malformed(path, fault).Message));
                        continue;
                    }
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
            throw new InvalidDataException(Describe(folder, skipped));
        skipped = [.. skipped.Concat(notFinite).OrderBy(file => file.Path, StringComparer.Ordinal)];
        if (files.Count == 0)
            throw new InvalidDataException(skipped.Count == 0 ? $"'{folder}' holds no *{ModelFile.Extension} files." : Describe(folder, skipped));
        _files = [.. files];
        _notFinite = options.NotFinite;
        Skipped = skipped.AsReadOnly();
        Layouts = [.. layouts.Keys];
        _view = new IndexedView(_files.Length, () => new FileRow(_files), Columns());
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Number of models, at least 1.</summary>
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
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        _view.GetRowCursorSet(columnsNeeded, n, rand);

    /// <summary>The folder, its number of models and their layouts on one line.</summary>
    public override string ToString() => $"{Count} models of {string.Join(", ", Layouts)} in '{Path}'";

    private static string Describe(string folder, List<SkippedFile> skipped) =>
        $"{skipped.Count} file{(skipped.Count == 1 ? "" : "s")} in '{folder}' {(skipped.Count == 1 ? "is no model" : "are no models")}: "
        + string.Join(" ", skipped.Take(NamedInMessage).Select(file => file.Reason))
        + (skipped.Count > NamedInMessage ? $" And {skipped.Count - NamedInMessage} more." : "")
        + $" Skip them by {nameof(ZooDirectory)}.{nameof(Options)}.{nameof(Options.NotModels)}.";

    private void ReadWeights(ModelFile file, Span<float> values)
    {
        if (_notFinite != NotFiniteHandling.MissingValues)
            file.ReadWeights(values);
        else if (file.FindNotFinite(values) is not null)
            values.Fill(float.NaN);
    }

    private IEnumerable<IndexedColumn> Columns()
    {
        yield return IndexedColumn.Of<FileRow, ReadOnlyMemory<char>>(ZooColumns.Name, TextDataViewType.Instance, row => NameOf(row.File).AsMemory());
        foreach (IndexedColumn column in WeightColumns.For<FileRow>(Layouts, row => row.File.Layout, (row, values) => ReadWeights(row.File, values)))
            yield return column;
        if (Array.TrueForAll(_files, file => file.Seed is not null))
            yield return IndexedColumn.Of<FileRow, long>(ZooColumns.Seed, NumberDataViewType.Int64, row => row.File.Seed!.Value);
        foreach (IndexedColumn column in ShareColumns())
            yield return column;
        if (Array.TrueForAll(_files, file => file.TrainingLoss is not null))
            yield return IndexedColumn.Of<FileRow, float>(ZooColumns.TrainingLoss, NumberDataViewType.Single, row => row.File.TrainingLoss!.Value);
        if (Array.TrueForAll(_files, file => file.ReconstructionError is not null))
            yield return IndexedColumn.Of<FileRow, float>(ZooColumns.ReconstructionError, NumberDataViewType.Single, row => row.File.ReconstructionError!.Value);
    }

    private IEnumerable<IndexedColumn> ShareColumns()
    {
        float[]? shares = _files[0].Shares;
        string[]? classes = _files[0].Classes;
        bool alike = shares is not null && Array.TrueForAll(
            _files,
            file => file.Shares?.Length == shares.Length
                && (classes is null ? file.Classes is null : file.Classes is not null && classes.AsSpan().SequenceEqual(file.Classes)));
        if (!alike)
            yield break;
        yield return IndexedColumn.Vector<FileRow>(
            ZooColumns.Shares,
            shares!.Length,
            row => row.File.Shares!.Length,
            (row, values) => row.File.Shares!.CopyTo(values),
            ZooAnnotations.ForNormalized(classes ?? []));
        if (Array.Exists(_files, file => file.OneClass < 0))
            yield break;
        IndexedColumn originClass = IndexedColumn.Key<FileRow>(
            ZooColumns.OriginClass, shares.Length, row => row.File.OneClass, classes is null ? null : ZooAnnotations.ForKeys(classes));
        yield return originClass;
        IndexedColumn origin = IndexedColumn.Of<FileRow, bool>(ZooColumns.Origin, BooleanDataViewType.Instance, row => row.File.OneClass == 0);
        if (shares.Length == 2)
            yield return origin;
        yield return (shares.Length == 2 ? origin : originClass) with { Name = ZooColumns.Label };
    }

    private string NameOf(ModelFile file) => System.IO.Path.ChangeExtension(System.IO.Path.GetRelativePath(Path, file.Path), null).Replace('\\', '/');

    /// <summary>How a zoo's folder is read.</summary>
    public sealed class Options
    {
        /// <summary>What is done about files that are not models; they are refused by default.</summary>
        public NotModelHandling NotModels { get; set; } = NotModelHandling.Refuse;

        /// <summary>What is done about models whose weights are not all finite; reading them is refused by default.</summary>
        public NotFiniteHandling NotFinite { get; set; } = NotFiniteHandling.Refuse;

        /// <summary>Whether folders inside the folder are read too; not by default. Names then have the folders' names before them.</summary>
        public bool Recursive { get; set; }

        /// <summary>
        /// Which tensors are weights; null, the default, for those of floating-point numbers: integers and booleans in a state dict are
        /// counters and masks.
        /// </summary>
        public Func<StoredTensor, bool>? Include { get; set; }

        /// <summary>
        /// The architecture that all models are of; null, the default, for what each file says. Tensors are matched by name, else by the order of layers and their
        /// shapes, so that a model of another's names can be run. It needs <see cref="ImageShape"/>.
        /// </summary>
        public Architecture? Architecture { get; set; }

        /// <summary>The shape of the images that <see cref="Architecture"/> is for. Default: null.</summary>
        public ImageShape? ImageShape { get; set; }

        /// <summary>What becomes of buffers. Default: they stay in the file.</summary>
        public BufferHandling Buffers { get; set; }

        internal ImageShape? RequireShape() => ModelFileOptions.RequireShape(Architecture, ImageShape);
    }

    private sealed class FileRow(ModelFile[] files) : IndexedRow
    {
        public ModelFile File => files[Index];
    }
}

/// <summary>What is done about files of a zoo's folder that are not models.</summary>
public enum NotModelHandling
{
    /// <summary>The zoo is refused, and the exception names them.</summary>
    Refuse,

    /// <summary>They are left out, and <see cref="ZooDirectory.Skipped"/> names them.</summary>
    Skip,
}

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

/// <summary>A file of a zoo's folder that was left out.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reason">Why it is not a model.</param>
public sealed record SkippedFile(string Path, string Reason);
