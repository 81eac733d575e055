using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

/// <summary>Models whose features are a fixed map of their shares with a little noise.</summary>
internal static class SyntheticZoo
{
    public const int Classes = 3;
    public const int FeatureCount = 6;

    public sealed class Row
    {
        public string Id { get; set; } = "";

        [VectorType(FeatureCount)]
        public float[] Features { get; set; } = [];

        [VectorType(Classes)]
        public float[] Shares { get; set; } = [];
    }

    public sealed class Placed
    {
        public string Id { get; set; } = "";

        [VectorType(Classes)]
        public float[] Embedding { get; set; } = [];

        [VectorType(Classes)]
        public float[] Shares { get; set; } = [];
    }

    public static Row[] Rows(int count, int seed, float noise = 0.01f)
    {
        var random = new Random(seed);
        var rows = new Row[count];
        for (int i = 0; i < count; i++)
        {
            float[] shares = Shares(random);
            float[] features =
            [
                shares[0] - shares[1], shares[1] * 3, shares[2] * shares[2], shares[0] * shares[1] * 5, 1, shares[2] - shares[0],
            ];
            for (int j = 0; j < features.Length; j++)
                features[j] += j == 4 ? 0 : noise * (float)(random.NextDouble() - 0.5);
            rows[i] = new Row { Id = $"model {i}", Features = features, Shares = shares };
        }

        return rows;
    }

    public static float[] Shares(Random random, int classes = Classes)
    {
        double[] raw = new double[classes];
        for (int i = 0; i < classes; i++)
            raw[i] = -Math.Log(1 - random.NextDouble());
        double sum = raw.Sum();
        return [.. raw.Select(value => (float)(value / sum))];
    }

    public static IDataView View(MLContext ml, int count, int seed) => ml.Data.LoadFromEnumerable(Rows(count, seed));

    public static EmbeddingRegressionTrainer.Options QuickOptions(EmbeddingLoss loss = EmbeddingLoss.Cosine) => new()
    {
        Loss = loss,
        HiddenSizes = [16],
        Epochs = 60,
        BatchSize = 16,
        Members = 1,
        LearningRate = 1e-2,
        InputNoise = 0,
    };
}
