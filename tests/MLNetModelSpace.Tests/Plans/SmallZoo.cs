using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

/// <summary>A few rows of small made-up images, for tests of training that are not about the data.</summary>
internal static class SmallZoo
{
    public const int ImagesPerModel = 12;

    public static readonly ImageShape Shape = new(1, 6, 6);

    public sealed class Row
    {
        public long Seed { get; set; }

        public bool Origin { get; set; }

        [VectorType]
        public float[] Images { get; set; } = [];
    }

    /// <summary>Rows of two kinds: stripes across and stripes down, with noise.</summary>
    public static IEnumerable<Row> Rows(int models, int firstSeed = 100)
    {
        for (int model = 0; model < models; model++)
        {
            var random = new Random(firstSeed + model);
            bool down = model % 2 == 1;
            float[] images = new float[ImagesPerModel * Shape.Size];
            for (int i = 0; i < images.Length; i++)
            {
                int pixel = i % Shape.Size;
                int line = down ? pixel % Shape.Width : pixel / Shape.Width;
                images[i] = (0.7f * (line % 2)) + (0.3f * random.NextSingle());
            }

            yield return new Row { Seed = firstSeed + model, Origin = down, Images = images };
        }
    }

    public static IDataView View(MLContext ml, int models = 6, int firstSeed = 100) => ml.Data.LoadFromEnumerable(Rows(models, firstSeed));

    public static TrainAutoencoderEstimator.Options Options(Architecture? architecture = null, int epochs = 3) => new()
    {
        Architecture = architecture ?? new LinearAutoencoder(hidden: 4),
        Epochs = epochs,
        BatchSize = 5,
        LearningRate = 1e-2,
        ImageShape = Shape,
    };

    public static float[][] Weights(IDataView trained) => [.. trained.GetColumn<float[]>(ZooColumns.Weights)];
}
