using System.Globalization;
using System.Text.Json;

namespace MLNetModelSpace;

/// <summary>A directory with one safetensors file a model, named by its key. Files appear whole or not at all. Thread-safe.</summary>
internal sealed class ModelDirectory
{
    private readonly string _path;
    private readonly WeightLayout _layout;

    /// <summary>Opens the directory, making it where it is not there.</summary>
    /// <exception cref="IOException">It cannot be made or written: found out now, not after the first training.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public ModelDirectory(string path, WeightLayout layout)
    {
        _path = Path.GetFullPath(path);
        _layout = layout;
        Directory.CreateDirectory(_path);
        string probe = Path.Combine(_path, $".{Guid.NewGuid():N}.probe");
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    }

    /// <summary>The model of that key, or null where there is no such file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds another kind of model.</exception>
    public TrainedModel? TryRead(string key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
            return null;
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Layout.Equals(_layout))
            throw new InvalidDataException($"'{path}' holds {file.Layout}; expected {_layout}.");
        float[] weights = new float[_layout.Length];
        file.CopyTo(weights);
        return new TrainedModel(weights, Number(file, ZooMetadata.TrainingLoss), Number(file, ZooMetadata.ReconstructionError));
    }

    public void Write(string key, TrainedModel model, ModelDescription description)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [ZooMetadata.Architecture] = description.Layout.Architecture,
            [ZooMetadata.Seed] = description.Seed.ToString(CultureInfo.InvariantCulture),
            [ZooMetadata.Options] = description.Options,
            [ZooMetadata.TrainingLoss] = model.TrainingLoss.ToString("R", CultureInfo.InvariantCulture),
            [ZooMetadata.ReconstructionError] = model.ReconstructionError.ToString("R", CultureInfo.InvariantCulture),
        };
        if (description.Shares is not null)
            metadata[ZooMetadata.Shares] = JsonSerializer.Serialize(description.Shares);
        if (description.Classes is not null)
            metadata[ZooMetadata.Classes] = JsonSerializer.Serialize(description.Classes);
        SafetensorsFile.Write(PathOf(key), description.Layout, model.Weights, metadata);
    }

    private static float Number(SafetensorsFile file, string name) =>
        file.Metadata.TryGetValue(name, out string? text)
        && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number)
            ? number
            : throw new InvalidDataException($"'{file.Path}' has no number '{name}' in its metadata.");

    private string PathOf(string key) => Path.Combine(_path, key + ".safetensors");
}
