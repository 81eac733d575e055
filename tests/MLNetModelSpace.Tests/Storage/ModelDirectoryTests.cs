using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Storage;

// Reaches internals: metadata is read under the names that the product writes it with.
public sealed class ModelDirectoryTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoo-{Guid.NewGuid():N}");

    [Fact]
    public void ASecondRunTrainsOnlyWhatIsMissing()
    {
        float[][] first = Train(models: 3, out _);

        float[][] second = Train(models: 5, out ProgressList progress);

        Assert.Equal(2, progress.Trained);
        Assert.Equal(3, progress.All[^1].Remembered);
        Assert.Equal(first, second[..3]);
    }

    [Fact]
    public void OtherOptionsAreOtherModels()
    {
        Train(models: 2, out _);

        Train(models: 2, out ProgressList progress, epochs: 4);

        Assert.Equal(2, progress.Trained);
        Assert.Equal(4, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public void AFileSaysWhatItHolds()
    {
        Train(models: 1, out _);

        using SafetensorsFile file = SafetensorsFile.Open(Directory.GetFiles(_directory).Single());

        Assert.Equal("LinearAutoencoder(hidden=4) on 1x6x6", file.Metadata[ZooMetadata.Architecture]);
        Assert.Equal("100", file.Metadata[ZooMetadata.Seed]);
        Assert.Contains("epochs=3", file.Metadata[ZooMetadata.Options], StringComparison.Ordinal);
        Assert.Equal("encoder.weight", file.Layout.Tensors[0].Name);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("empty")]
    [InlineData("NaN")]
    public void ADamagedFileIsTrainedAgainAndOverwritten(string damage)
    {
        float[][] first = Train(models: 2, out _);
        string path = Directory.GetFiles(_directory).Order().First();
        byte[] whole = File.ReadAllBytes(path);
        byte[] damaged = damage switch { "truncated" => whole[..^3], "empty" => [], _ => [.. whole[..^4], .. BitConverter.GetBytes(float.NaN)] };
        File.WriteAllBytes(path, damaged);
        var messages = new List<string>();
        _ml.Log += (_, entry) => messages.Add(entry.Message);

        float[][] second = Train(models: 2, out ProgressList progress);

        Assert.Equal(1, progress.Trained);
        Assert.Equal(first, second);
        Assert.Equal(whole, File.ReadAllBytes(path));
        Assert.Contains(path, Assert.Single(messages, message => message.Contains("trained again", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfAnotherModelIsNamed()
    {
        Train(models: 1, out _);
        string path = Directory.GetFiles(_directory).Single();
        SafetensorsFile.Write(path, new WeightLayout([new TensorLayout("other", 2)]), [1, 2]);

        var error = Assert.ThrowsAny<InvalidDataException>(() => Train(models: 1, out _));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKilledProcessLeavesWholeModelsOnlyAndARerunTrainsWhatIsMissing()
    {
        using (Process process = FreshProcess.StartTraining(_directory))
        {
            Assert.True(SpinWait.SpinUntil(() => Models().Length >= 6 || process.HasExited, TimeSpan.FromMinutes(2)), "Nothing was trained.");
            Assert.False(process.HasExited, "It ended by itself.");
            process.Kill();
            process.WaitForExit();
        }

        int finished = Models().Length;
        foreach (string path in Models())
            SafetensorsFile.Open(path).Dispose();

        // More than were in flight (a stack of eight for each thread), so that every finished model is among them.
        int missing = (8 * Environment.ProcessorCount) + 2;
        Train(models: finished + missing, out ProgressList progress);

        Assert.Equal(missing, progress.Trained);
        Assert.Equal(finished, progress.All[^1].Remembered);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string[] Models() => Directory.Exists(_directory) ? Directory.GetFiles(_directory, "*.safetensors") : [];

    private float[][] Train(int models, out ProgressList progress, int epochs = 3)
    {
        progress = new ProgressList();
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(epochs: epochs);
        options.Directory = _directory;
        options.Progress = progress;
        IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(SmallZoo.View(_ml)).Transform(SmallZoo.View(_ml, models));
        using DataViewRowCursor cursor = trained.GetRowCursor(trained.Schema);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(trained.Schema[ZooColumns.Weights]);
        var weights = new List<float[]>();
        while (cursor.MoveNext())
        {
            VBuffer<float> value = default;
            getter(ref value);
            weights.Add([.. value.DenseValues()]);
        }

        return [.. weights];
    }
}
