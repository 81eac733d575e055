using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Storage;

/// <summary>What the header of a model's file says; the weights stay in the file. Immutable.</summary>
internal sealed class ModelFile
{
    public const string Extension = ".safetensors";

    private readonly ModelReader _reader;

    private ModelFile(ModelReader reader)
    {
        _reader = reader;
        Seed = Parse(ZooMetadata.Seed, "a whole number", text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        TrainingLoss = Parse(ZooMetadata.TrainingLoss, "a finite number", FiniteNumber);
        ReconstructionError = Parse(ZooMetadata.ReconstructionError, "a finite number", FiniteNumber);
        Shares = ParseText(ZooMetadata.Shares, "a JSON array of shares from 0 to 1", ShareList);
        Classes = ParseText(ZooMetadata.Classes, "a JSON array of class names", NameList);
        if (Shares is not null && Classes is not null && Shares.Length != Classes.Length)
            throw reader.Malformed($"it has {Shares.Length} shares of {Classes.Length} classes; expected as many");
    }

    public string Path => _reader.Path;

    public WeightLayout Layout => _reader.Layout;

    public long? Seed { get; }

    public float? TrainingLoss { get; }

    public float? ReconstructionError { get; }

    public float[]? Shares { get; }

    public string[]? Classes { get; }

    /// <summary>The class whose share is all; -1 where there is none.</summary>
    public int OneClass => Shares is null ? -1 : Array.IndexOf(Shares, 1f);

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InvalidDataException">The file is of no format that is read, or holds no model.</exception>
    public static ModelFile ReadHeader(string path, ModelReaderOptions options) => new(ModelReader.Read(path, options));

    /// <summary>Reads a file's header, and its weights where they have the layout that is wanted.</summary>
    /// <returns>The header; the weights, null where they have another layout.</returns>
    /// <exception cref="InvalidDataException">The file is not safetensors, holds no model, or a value is not finite.</exception>
    public static (ModelFile Header, float[]? Weights) Read(string path, WeightLayout wanted)
    {
        (ModelReader reader, float[]? weights) = ModelReader.Read(path, wanted);
        return (new ModelFile(reader), weights);
    }

    /// <summary>Takes another instance of an equal layout, so that a zoo of equal models keeps one.</summary>
    public void ShareLayout(Dictionary<WeightLayout, WeightLayout> layouts) => _reader.ShareLayout(layouts);

    /// <inheritdoc cref="ModelReader.ReadWeights"/>
    public void ReadWeights(Span<float> weights) => _reader.ReadWeights(weights);

    /// <inheritdoc cref="ModelReader.FindNotFinite(Span{float})"/>
    public string? FindNotFinite(Span<float> weights) => _reader.FindNotFinite(weights);

    private T? Parse<T>(string key, string expected, Func<string, T> parse)
        where T : struct
    {
        if (!_reader.Metadata.TryGetValue(key, out string? text))
            return null;
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw _reader.Malformed($"its metadata '{key}' is '{text}'; expected {expected}", error);
        }
    }

    private T? ParseText<T>(string key, string expected, Func<string, T> parse)
        where T : class
    {
        if (!_reader.Metadata.TryGetValue(key, out string? text))
            return null;
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw _reader.Malformed($"its metadata '{key}' is '{text}'; expected {expected}", error);
        }
    }

    private static float FiniteNumber(string text) =>
        float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is var number && float.IsFinite(number)
            ? number
            : throw new FormatException("The number is not finite.");

    private static float[] ShareList(string text)
    {
        float[]? shares = JsonSerializer.Deserialize<float[]>(text);
        if (shares is null or [] || Array.Exists(shares, share => share is not (>= 0 and <= 1)))
            throw new FormatException("Shares are from 0 to 1.");
        return shares;
    }

    private static string[] NameList(string text)
    {
        string[]? names = JsonSerializer.Deserialize<string[]>(text);
        if (names is null or [] || Array.Exists(names, string.IsNullOrEmpty))
            throw new FormatException("Names are not empty.");
        return names;
    }
}

/// <summary>
/// Keys of the metadata in a zoo's safetensors files. The layout has none: the tensors,
/// which lie in the file in <c>state_dict</c> order, say it themselves. Numbers are written in the invariant culture, round-trip.
/// </summary>
internal static class ZooMetadata
{
    /// <summary>The architecture, as <see cref="WeightLayout.Architecture"/> has it.</summary>
    public const string Architecture = "modelspace.architecture";

    /// <summary>The seed of initialisation and shuffling, an <c>Int64</c>.</summary>
    public const string Seed = "modelspace.seed";

    /// <summary>The training options, as one text.</summary>
    public const string Options = "modelspace.options";

    /// <summary>Mean training loss of the last epoch, a <c>Single</c>.</summary>
    public const string TrainingLoss = "modelspace.training_loss";

    /// <summary>Mean squared reconstruction error on the training sample, a <c>Single</c>.</summary>
    public const string ReconstructionError = "modelspace.reconstruction_error";

    /// <summary>Class proportions of the sample, a JSON array of numbers.</summary>
    public const string Shares = "modelspace.shares";

    /// <summary>The classes the proportions are of, a JSON array of texts.</summary>
    public const string Classes = "modelspace.classes";
}

/// <summary>The columns of weights that views of models have.</summary>
internal static class WeightColumns
{
    /// <summary>
    /// <c>Weights</c> annotated with its layout where there is one only; else <c>Weights</c> of varying length and the text column <c>Layout</c>.
    /// </summary>
    public static IEnumerable<IndexedColumn> For<TRow>(
        IReadOnlyList<WeightLayout> layouts, Func<TRow, WeightLayout> layoutOf, Action<TRow, Span<float>> fill)
        where TRow : IndexedRow
    {
        if (layouts is [{ } only])
        {
            yield return IndexedColumn.Vector(ZooColumns.Weights, only.Length, row => only.Length, fill, ZooAnnotations.ForWeights(only));
            yield break;
        }

        Dictionary<WeightLayout, string> texts = layouts.ToDictionary(layout => layout, layout => layout.ToJson());
        yield return IndexedColumn.Vector(ZooColumns.Weights, null, row => layoutOf(row).Length, fill);
        yield return IndexedColumn.Of<TRow, ReadOnlyMemory<char>>(ZooColumns.Layout, TextDataViewType.Instance, row => texts[layoutOf(row)].AsMemory());
    }
}
