namespace MLNetModelSpace.Tests.Features;

public class ComposedCosinesTests
{
    private static readonly VectorizeWeightsEstimator.Options s_options = new() { Features = WeightFeatures.ComposedCosines, Canonical = { Cosines = 3 } };

    [Fact]
    public void EntriesAreResponsesOfTheProductBetweenCosines()
    {
        WeightLayout layout = Models.Linear(4, 9);
        float[] weights = Models.Random(layout.Length, 3);
        float[] features = Models.Vectorize(s_options, layout, weights);

        // On 3×3 pixels: the mean, then half a wave across, then half a wave down.
        double[][] cosines =
        [
            [.. Enumerable.Repeat(1 / 3.0, 9)],
            [.. Enumerable.Range(0, 9).Select(i => (1 - (i % 3)) / Math.Sqrt(6))],
            [.. Enumerable.Range(0, 9).Select(i => (1 - (i / 3)) / Math.Sqrt(6))],
        ];
        for (int o = 0; o < 3; o++)
        {
            for (int i = 0; i < 3; i++)
            {
                double response = 0;
                for (int h = 0; h < 4; h++)
                    response += Along(cosines[o], y => layout.Slice(weights, 2)[(y * 4) + h]) * Along(cosines[i], x => layout.Slice(weights, 0)[(h * 9) + x]);
                Assert.Equal(response, features[(o * 3) + i], 1e-5);
            }
        }

        static double Along(double[] cosine, Func<int, float> value) => cosine.Select((c, i) => c * value(i)).Sum();
    }

    [Fact]
    public void AConvolutionTellsWhatItAddsToEachChannel()
    {
        WeightLayout layout = Models.Convolutional(channels: 4, images: 3, kernel: 3, decoderKernel: 4);
        float[] weights = Models.Random(layout.Length, 3);
        float[] features = Models.Vectorize(s_options, layout, weights);
        Assert.Equal((3 * 3) + 3 + 3, features.Length);
        Assert.Equal(layout.Slice(weights, 3).ToArray(), features[^3..]);
    }

    [Fact]
    public void ThereAreNoMoreCosinesThanValues() =>
        Assert.Equal((9 * 9) + 9, Models.Vectorize(new() { Features = WeightFeatures.ComposedCosines, Canonical = { Cosines = 100 } }, Models.Linear(4, 9), Models.Zoo(Models.Linear(4, 9), 1)).Length);

    [Fact]
    public void ModelsOfAnotherWidthHaveTheSameSlots()
    {
        var ml = new Microsoft.ML.MLContext(1);
        Assert.Equal(SlotsOf(4), SlotsOf(7));

        string[] SlotsOf(int hidden)
        {
            Microsoft.ML.IDataView view = Models.View(ml, Models.Linear(hidden, 9), Models.Zoo(Models.Linear(hidden, 9), 1));
            return Models.Slots(ml.ModelSpace().Transforms.VectorizeWeights(s_options).Fit(view).Transform(view));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void CosinesAreCountedFromOne(int count)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new Microsoft.ML.MLContext().ModelSpace().Transforms.VectorizeWeights(new VectorizeWeightsEstimator.Options { Canonical = { Cosines = count } }));
        Assert.Contains($"Cosines is {count}; expected 1 to 1024", error.Message);
    }
}
