using System.Globalization;
using System.Text.Json;

namespace MLNetModelSpace.Storage;

/// <summary>A directory with one safetensors file a model, named by its key. Files appear whole or not at all. Thread-safe.</summary>
internal sealed class ModelDirectory
{
    private readonly string _path;
    private readonly WeightLayout _layout;
    private readonly Action<string> _log;

    /// <summary>Opens the directory, making it where it is not there.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="layout">Of its models.</param>
    /// <param name="log">Told in one line of each file that is not used.</param>
    /// <exception cref="IOException">It cannot be made or written: found out now, not after the first training.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public ModelDirectory(string path, WeightLayout layout, Action<string> log)
    {
        _log = log;
        _path = Path.GetFullPath(path);
        _layout = layout;
        if (File.Exists(_path))
            throw new IOException($"'{path}' is a file; expected a directory for trained models, or a name that is free.");
        Directory.CreateDirectory(_path);
        string probe = Path.Combine(_path, $".{Guid.NewGuid():N}.probe");
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    }

    /// <summary>
    /// The model of that key; null where there is no such file, and where it is damaged or holds weights that are not finite: then the log says so, the model is
    /// trained again, and <see cref="Write"/> overwrites the file.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is whole and holds another kind of model.</exception>
    public TrainedModel? TryRead(string key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
            return null;
        ModelFile file;
        try
        {
            (file, float[]? weights) = ModelFile.Read(path, _layout);
            if (weights is not null)
            {
                return new TrainedModel(
                    weights, file.TrainingLoss ?? throw Missing(path, ZooMetadata.TrainingLoss), file.ReconstructionError ?? throw Missing(path, ZooMetadata.ReconstructionError));
            }
        }
        catch (InvalidDataException damage)
        {
            _log($"A model is trained again, since its file is damaged: {damage.Message}");
            return null;
        }

        throw new InvalidDataException($"'{path}' holds {file.Layout}; expected {_layout}.");
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

    private static InvalidDataException Missing(string path, string name) => new($"'{path}' has no number '{name}' in its metadata.");

    private string PathOf(string key) => Path.Combine(_path, key + ModelFile.Extension);
}

/// <summary>What training one model gives. Immutable.</summary>
/// <param name="Weights">All parameters in <c>state_dict</c> order.</param>
/// <param name="TrainingLoss">Mean loss of the last epoch.</param>
/// <param name="ReconstructionError">Mean squared error per pixel on the training sample, after training.</param>
internal sealed record TrainedModel(float[] Weights, float TrainingLoss, float ReconstructionError)
{
    /// <summary>Whether this stands for a model that diverged: nothing but NaN.</summary>
    public bool Diverged => float.IsNaN(TrainingLoss);

    public long Bytes => (Weights.LongLength * sizeof(float)) + 128;

    public static TrainedModel Missing(int weights)
    {
        float[] numbers = new float[weights];
        Array.Fill(numbers, float.NaN);
        return new TrainedModel(numbers, float.NaN, float.NaN);
    }
}

/// <summary>What a model's file says of it beside its weights.</summary>
/// <param name="Layout">Tensors and architecture.</param>
/// <param name="Seed">Of initialisation and shuffling.</param>
/// <param name="Options">The training options, as one text.</param>
/// <param name="Shares">Class proportions of its sample, where the row has them.</param>
/// <param name="Classes">The classes of the proportions, where the column names them.</param>
internal sealed record ModelDescription(WeightLayout Layout, long Seed, string Options, float[]? Shares, string[]? Classes);
