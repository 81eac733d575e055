using Microsoft.ML;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>An application that has the library and TorchSharp, but none of the packages that bring libtorch.</summary>
public sealed class MissingLibtorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MissingLibtorchTests()
    {
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            // Without a list of dependencies every assembly of the folder is one.
            if (file.EndsWith(".dll", StringComparison.Ordinal) || file.EndsWith("Tests.runtimeconfig.json", StringComparison.Ordinal))
                File.Copy(file, _folder.File(Path.GetFileName(file)));
        }

        Directory.CreateDirectory(_folder.File("packages"));
    }

    [Theory]
    [InlineData("RegressEmbedding")]
    [InlineData("EmbedImages")]
    [InlineData("TrainAutoencoder")]
    [InlineData("CreateModule")]
    public void TheFirstUseSaysWhatToAdd(string use) => Assert.Equal(
        "DllNotFoundException: TorchSharp's native library does not load: add the package TorchSharp-cpu 0.107.0 (or a TorchSharp-cuda package of that version) to your application.",
        FreshProcess.UseWithoutLibtorch(_folder.Path, use).TrimEnd());

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes to the error output what it throws.</summary>
    internal static void Use(string use)
    {
        var ml = new MLContext(seed: 1);
        try
        {
            switch (use)
            {
                case "RegressEmbedding":
                    ml.ModelSpace().Embedding.Trainers.EmbeddingRegression(SyntheticZoo.QuickOptions()).Fit(SyntheticZoo.View(ml, 20, 1));
                    break;
                case "EmbedImages":
                    var images = new ImageDataset("black", SmallZoo.Shape, new byte[20 * SmallZoo.Shape.Size], new byte[20], ["a", "b"]);
                    ml.ModelSpace().Transforms.EmbedImages(new ResNetEmbedderEstimator.Options { TrainingImages = images, BatchSize = 10, ImageShape = images.Shape }).Fit(SmallZoo.View(ml));
                    break;
                case "TrainAutoencoder":
                    ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options()).Fit(SmallZoo.View(ml));
                    break;
                case "CreateModule":
                    var architecture = new LinearAutoencoder(hidden: 4);
                    architecture.CreateModule(SmallZoo.Shape, new float[architecture.GetLayout(SmallZoo.Shape).Length]);
                    break;
            }
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"{error.GetType().Name}: {error.Message}");
        }
    }
}
