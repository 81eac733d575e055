using System.Globalization;
using System.Text.Json;

namespace MLNetModelSpace.Storage;

/// <summary>How a model's file becomes a row.</summary>
internal sealed record ModelReaderOptions
{
    /// <summary>Which tensors are parameters; null for floating-point ones that are no buffers.</summary>
    public Func<StoredTensor, bool>? Include { get; init; }

    public BufferHandling Buffers { get; init; }

    /// <summary>The state dict that is meant, in checkpoints with several.</summary>
    public string? StateDict { get; init; }

    /// <summary>The architecture that the file has to be of; null where it may be of any.</summary>
    public Architecture? Architecture { get; init; }

    /// <summary>The shape of its images.</summary>
    public ImageShape? ImageShape { get; init; }

    /// <summary>The wiring as the user states it (<see cref="Wiring.Parse"/>), in the file's own names; null for the rules.</summary>
    public string? Wiring { get; init; }

    /// <summary>Whether models whose wiring is known get the names of this library's architectures, so that one architecture has one layout.</summary>
    public bool Rename { get; init; }
}

/// <summary>A model's file as a row: which tensors of the file stand where in its layout, and under which names. The weights stay in the file. Immutable.</summary>
internal sealed class ModelReader
{
    private readonly ModelReaderOptions _options;
    private readonly int[] _sources;

    private ModelReader(TensorFile file, ModelReaderOptions options)
    {
        _options = options;
        Path = file.Path;
        Format = file.Format;
        Metadata = file.Metadata;
        var canonical = new CanonicalLayout(file, options);
        (Layout, _sources, Renames) = (canonical.Layout, canonical.Sources, canonical.Renames);
        TensorCount = canonical.TensorCount;
        ParameterCount = canonical.ParameterCount;
        BufferCount = canonical.BufferCount;
    }

    public string Path { get; }

    public string Format { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public WeightLayout Layout { get; private set; }

    /// <summary>Names in the layout and in the file, where they differ.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Renames { get; }

    /// <summary>Tensors in the state dict, buffers among them.</summary>
    public int TensorCount { get; }

    /// <summary>Trainable floating-point numbers.</summary>
    public long ParameterCount { get; }

    /// <summary>All other numbers of the state dict.</summary>
    public long BufferCount { get; }

    /// <summary>Reads what the file says of its tensors.</summary>
    /// <exception cref="InvalidDataException">It is no model: the message names the file and what was expected.</exception>
    public static ModelReader Read(string path, ModelReaderOptions options)
    {
        using TensorFile file = TensorFile.Open(path, options.StateDict);
        return new ModelReader(file, options);
    }

    /// <summary>Reads what the file says of its tensors, and the weights where they have the layout that is wanted.</summary>
    /// <exception cref="InvalidDataException">It is no model, damaged, or a value is not finite.</exception>
    public static (ModelReader Reader, float[]? Weights) Read(string path, WeightLayout wanted)
    {
        using TensorFile file = TensorFile.Open(path);
        var reader = new ModelReader(file, new ModelReaderOptions());
        if (!reader.Layout.Equals(wanted))
            return (reader, null);
        float[] weights = new float[wanted.Length];
        if (reader.FindNotFinite(file, weights) is { } fault)
            throw reader.Malformed(fault);
        return (reader, weights);
    }

    /// <summary>Takes another instance of an equal layout, so that a zoo of equal models keeps one.</summary>
    public void ShareLayout(Dictionary<WeightLayout, WeightLayout> layouts)
    {
        if (layouts.TryGetValue(Layout, out WeightLayout? known))
            Layout = known;
        else
            layouts.Add(Layout, Layout);
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="weights">As many places as the layout has elements; not all are filled where one is not finite.</param>
    /// <returns>Which tensor holds something that is not finite, and where; null where none does.</returns>
    /// <exception cref="InvalidDataException">The file has changed since it was opened, or is damaged.</exception>
    public string? FindNotFinite(Span<float> weights)
    {
        using TensorFile file = TensorFile.Open(Path, _options.StateDict);
        WeightLayout found = new CanonicalLayout(file, _options).Layout;
        if (!found.Equals(Layout))
            throw Malformed($"it has changed since the zoo was opened: it holds {found}; expected {Layout}");
        return FindNotFinite(file, weights);
    }

    private string? FindNotFinite(TensorFile file, Span<float> weights)
    {
        for (int i = 0; i < _sources.Length; i++)
        {
            Span<float> values = weights.Slice(Layout.OffsetOf(i), Layout.Tensors[i].Length);
            file.CopyTo(_sources[i], values);
            if (FiniteNumbers.IndexOfOther(values) is >= 0 and int place)
                return string.Create(CultureInfo.InvariantCulture, $"tensor '{file.Tensors[_sources[i]].Name}' holds {values[place]} at {place}; expected finite weights");
        }

        return null;
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="weights">As many places as the layout has elements.</param>
    /// <exception cref="InvalidDataException">The file has changed since it was opened, is damaged, or a value is not finite.</exception>
    public void ReadWeights(Span<float> weights)
    {
        if (FindNotFinite(weights) is { } fault)
            throw Malformed(fault);
    }

    /// <summary>The model as a row.</summary>
    public WeightsRow ToRow()
    {
        float[] weights = new float[Layout.Length];
        ReadWeights(weights);
        return new WeightsRow { Name = System.IO.Path.GetFileNameWithoutExtension(Path), Weights = weights, Layout = Layout.ToJson() };
    }

    /// <summary>The renames as JSON: an object from names in the layout to names in the file; empty where there are none.</summary>
    public string RenamesJson() => Renames.Count == 0 ? "" : JsonSerializer.Serialize(new Dictionary<string, string>(Renames));

    internal InvalidDataException Malformed(string what, Exception? inner = null) => Malformed(Path, Format, what, inner);

    internal static InvalidDataException Malformed(string path, string format, string what, Exception? inner = null) =>
        format == "safetensors" ? SafetensorsFile.Malformed(path, what, inner) : new InvalidDataException($"'{path}' is no PyTorch file that can be read: {what}.", inner);
}
