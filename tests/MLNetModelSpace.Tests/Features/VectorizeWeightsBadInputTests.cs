using Microsoft.ML;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: content that no transformer writes goes to the reader alone.
public class VectorizeWeightsBadInputTests
{
    private static readonly WeightLayout s_layout = Models.Linear();

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(5000)]
    public void BinsAreCountedFromOne(int bins)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator(new() { Histogram = { Bins = bins } }));
        Assert.Contains($"Histogram.Bins is {bins}; expected 1 to 4096.", error.Message);
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(2f, 1f)]
    [InlineData(float.NaN, 1f)]
    [InlineData(0f, float.PositiveInfinity)]
    public void ARangeGoesUpAndIsFinite(float low, float high)
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(new() { Histogram = { Minimum = low, Maximum = high } }));
        Assert.Contains("expected finite numbers, the first the smaller", error.Message);
    }

    [Fact]
    public void HalfARangeIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(new() { Histogram = { Maximum = 1 } }));
        Assert.Contains("given together, or neither", error.Message);
    }

    [Theory]
    [InlineData(WeightFeatures.None)]
    [InlineData((WeightFeatures)(1 << 30))]
    public void FeaturesAreKnownFamilies(WeightFeatures features)
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(new() { Features = features }));
        Assert.Contains($"Features is '{features}'; expected one or more of", error.Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void WeightsAreFinite(float value)
    {
        float[] weights = Models.Zoo(s_layout, 1)[0];
        weights[38] = value;
        var error = Models.Cause<InvalidDataException>(() => Models.Vectorize(new(), s_layout, weights));
        Assert.Contains($"holds {value} at 2 of 'encoder.bias'; expected finite weights", error.Message);
    }

    [Fact]
    public void LargeWeightsThatAreFiniteAreVectorized()
    {
        float[] features = Models.Vectorize(new(), Models.Single(3, 4), Array.ConvertAll(Models.Random(12, 1), value => value * 1e37f));
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void WeightsWithoutALayoutAreRefusedAtFit()
    {
        var ml = new MLContext(1);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => ml.ModelSpace().Transforms.VectorizeWeights().Fit(Models.Plain(ml, Models.Zoo(s_layout, 2))));
        Assert.Contains("Schema mismatch for input column 'Weights': expected weights with a layout", error.Message);
    }

    [Fact]
    public void TheOptionsMaySayTheLayout()
    {
        var ml = new MLContext(1);
        IDataView view = Models.Plain(ml, Models.Zoo(s_layout, 2));
        Assert.Equal(138, Models.Features(Estimator(new() { Layout = s_layout }).Fit(view).Transform(view))[0].Length);
    }

    [Fact]
    public void AMissingColumnIsNamed()
    {
        var ml = new MLContext(1);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => ml.ModelSpace().Transforms.VectorizeWeights("Features", "Nothing").Fit(Models.Plain(ml, Models.Zoo(s_layout, 2))));
        Assert.Contains("Could not find input column 'Nothing'", error.Message);
    }

    [Fact]
    public void AnotherLayoutThanTheFittedOneIsRefused()
    {
        var ml = new MLContext(1);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(Models.View(ml, s_layout, Models.Zoo(s_layout, 2)));
        WeightLayout other = Models.Linear(5);
        var error = Models.Cause<InvalidDataException>(() => Models.Features(model.Transform(Models.View(ml, other, Models.Zoo(other, 1)))));
        Assert.Contains("the features were fitted to LinearAutoencoder(hidden=4)", error.Message);
    }

    [Fact]
    public void SeveralLayoutsAreRefusedAtFit()
    {
        var ml = new MLContext(1);
        WeightLayout other = Models.Linear(5);
        IDataView mixed = ml.Data.LoadFromEnumerable(new[] { s_layout, other }.Select(
            layout => new WeightRow { Weights = Models.Random(layout.Length, 1), Layout = layout.ToJson() }));
        var error = Models.Cause<InvalidDataException>(() => Estimator(new()).Fit(mixed));
        Assert.Contains("Row 1 of column 'Weights' has weights of LinearAutoencoder(hidden=5)", error.Message);
    }

    [Fact]
    public void WeightsOfAnotherLengthThanTheLayoutAreRefused()
    {
        var error = Models.Cause<InvalidDataException>(() => Models.Vectorize(new(), s_layout, new float[7]));
        Assert.Contains($"Row 0 of column 'Weights' has 7 values; its layout has {s_layout.Length}", error.Message);
    }

    [Fact]
    public void AMalformedLayoutIsRefused()
    {
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable([new WeightRow { Weights = [1f], Layout = "{}" }]);
        var error = Models.Cause<InvalidDataException>(() => Estimator(new()).Fit(view));
        Assert.Contains("Row 0 of column 'Layout': A weight layout is JSON like", error.Message);
    }

    [Fact]
    public void NoRowsTeachNothing()
    {
        var ml = new MLContext(1);
        var error = Assert.Throws<InvalidOperationException>(() => Estimator(new()).Fit(Models.View(ml, s_layout)));
        Assert.Contains("There is no row to learn from", error.Message);
    }

    [Fact]
    public void ALayoutWithoutATensorThatTakesPartIsRefused()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => Models.Vectorize(new() { IncludeBiases = false, Features = WeightFeatures.SingularValues }, Models.Single(4), new float[4]));
        Assert.Contains("no tensor takes part", error.Message);
    }

    [Fact]
    public void DamagedContentIsRefused()
    {
        using var stream = new MemoryStream();
        var ml = new MLContext(1);
        IDataView view = Models.View(ml, s_layout, Models.Zoo(s_layout, 2));
        using var writer = new BinaryWriter(stream);
        FeatureFamilies.Write(writer, VectorizationFitter.Fit(view, new VectorizeWeightsEstimator.Options()));
        byte[] whole = stream.ToArray();
        for (int length = 0; length < whole.Length; length += 13)
        {
            Exception error = Assert.ThrowsAny<Exception>(() => FeatureFamilies.Read(new BinaryReader(new MemoryStream(whole[..length]))));
            Assert.True(error is InvalidDataException or EndOfStreamException, error.GetType().Name);
        }
    }

    private static VectorizeWeightsEstimator Estimator(VectorizeWeightsEstimator.Options options) =>
        new MLContext(1).ModelSpace().Transforms.VectorizeWeights(options);
}
