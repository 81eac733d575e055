using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Training;

public class TrainAutoencoderErrorTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void EpochsArePositive(int epochs) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.Epochs), () => Estimator(options => options.Epochs = epochs));

    [Fact]
    public void TheBatchIsPositive() =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.BatchSize), () => Estimator(options => options.BatchSize = 0));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    [InlineData(-0.1)]
    public void TheLearningRateIsPositiveAndFinite(double rate)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator(options => options.LearningRate = rate));
        Assert.Contains($"LearningRate is {rate}; expected a positive finite number.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThreadsArePositive() =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.Threads), () => Estimator(options => options.Threads = 0));

    [Fact]
    public void AStackHasAtLeastOneModel() =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.StackSize), () => Estimator(options => options.StackSize = 0));

    [Fact]
    public void AStackLargerThanMemoryIsRefusedAtFit()
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(options => options.StackSize = int.MaxValue).Fit(SmallZoo.View(_ml)));
        Assert.StartsWith("A stack of 2147483647 models of 328 weights takes 10496.0 GB; there are ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CrossEntropyAsksForALogisticOutput()
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(options => options.Loss = ReconstructionLoss.BinaryCrossEntropy));
        Assert.StartsWith(
            "LinearAutoencoder(hidden=4) does not end in a logistic function, which BinaryCrossEntropy asks for: set its output to Sigmoid.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownChoicesAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.Schedule), () => Estimator(options => options.Schedule = (LearningRateSchedule)9));
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.Loss), () => Estimator(options => options.Loss = (ReconstructionLoss)9));
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.Divergence), () => Estimator(options => options.Divergence = (DivergenceHandling)9));
        Assert.Throws<ArgumentOutOfRangeException>(nameof(TrainAutoencoderEstimator.Options.GpuDeviceId), () => Estimator(options => options.GpuDeviceId = -1));
    }

    [Fact]
    public void AMissingImageColumnIsASchemaMismatch()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator(options => options.InputColumnName = "Nope").Fit(SmallZoo.View(_ml)));
        Assert.StartsWith("Could not find input column 'Nope'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnImageColumnOfAnotherTypeIsASchemaMismatch()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator(options => options.InputColumnName = "Origin").Fit(SmallZoo.View(_ml)));
        Assert.StartsWith("Schema mismatch for input column 'Origin': expected vector of Single, got Boolean", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImagesWithoutAShapeAreRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(options => options.ImageShape = null).Fit(SmallZoo.View(_ml)));
        Assert.StartsWith("Column 'Images' does not say the shape of its images, neither by an annotation 'ImageShape' nor by its vectors' dimensions: set Options.ImageShape.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelThatDoesNotFitTheImagesIsRefusedAtFit()
    {
        var error = Assert.Throws<ArgumentException>(() => Estimator(options => options.Architecture = new ConvolutionalAutoencoder(kernel: 9, stride: 9)).Fit(SmallZoo.View(_ml)));
        Assert.StartsWith("A kernel of 9 with padding 0 does not fit 6 pixels (images of 1×6×6).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingThatDivergesNamesTheModelAndTheEpoch()
    {
        var error = Assert.Throws<TrainingDivergedException>(() => TrainFirst(options =>
        {
            options.Optimizer = TrainingOptimizer.Sgd;
            options.LearningRate = 1e12;
            options.Epochs = 20;
        }));
        Assert.Equal("model 0 (seed 100)", error.Model);
        Assert.InRange(error.Epoch, 1, 20);
        Assert.StartsWith($"Training of model 0 (seed 100) diverged in epoch {error.Epoch}: the loss is ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BehindMLNetsCursorsTheBaseExceptionSaysWhy()
    {
        IDataView trained = Estimator(options =>
        {
            options.Optimizer = TrainingOptimizer.Sgd;
            options.LearningRate = 1e12;
        }).Fit(SmallZoo.View(_ml)).Transform(SmallZoo.View(_ml));
        IDataView cached = _ml.Data.Cache(trained);

        Exception error = Assert.ThrowsAny<Exception>(() => cached.GetColumn<float>(ZooColumns.TrainingLoss).ToArray());

        Assert.IsType<TrainingDivergedException>(error.GetBaseException());
    }

    [Fact]
    public void ImagesThatAreNotNumbersAreRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => TrainFirst(row => row.Images[40] = float.NaN));
        Assert.Equal("Image 1 of model 0 (seed 100) holds NaN; expected values in [0, 1].", error.Message);
    }

    [Fact]
    public void AnEmptySampleIsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => TrainFirst(row => row.Images = []));
        Assert.Equal("The sample of model 0 (seed 100) has no images.", error.Message);
    }

    [Fact]
    public void ASampleThatIsNoWholeNumberOfImagesIsRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => TrainFirst(row => row.Images = new float[37]));
        Assert.Equal("The sample of model 0 (seed 100) has 37 values, which is no multiple of the 36 of an image of 1×6×6.", error.Message);
    }

    [Fact]
    public void ConstantImagesAreLearntLikeOthers()
    {
        SmallZoo.Row row = SmallZoo.Rows(1).Single();
        Array.Fill(row.Images, 0.5f);
        IDataView trained = Estimator(options => options.Epochs = 100).Fit(SmallZoo.View(_ml)).Transform(_ml.Data.LoadFromEnumerable([row]));
        Assert.InRange(trained.GetColumn<float>(ZooColumns.ReconstructionError).Single(), 0, 1e-3f);
    }

    [Fact]
    public void ABatchLargerThanTheSampleIsTheWholeSample()
    {
        float[][] large = Train(1000);
        float[][] whole = Train(SmallZoo.ImagesPerModel);
        Assert.Equal(whole, large);

        float[][] Train(int batch) => SmallZoo.Weights(Estimator(options => options.BatchSize = batch).Fit(SmallZoo.View(_ml)).Transform(SmallZoo.View(_ml, models: 1)));
    }

    [Fact]
    public void ADirectoryThatCannotBeWrittenIsFoundOutAtFit()
    {
        string file = Path.GetTempFileName();
        try
        {
            Assert.ThrowsAny<IOException>(() => Estimator(options => options.Directory = Path.Combine(file, "zoo")).Fit(SmallZoo.View(_ml)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private TrainAutoencoderEstimator Estimator(Action<TrainAutoencoderEstimator.Options> change)
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options();
        change(options);
        return _ml.ModelSpace().Transforms.TrainAutoencoder(options);
    }

    private void TrainFirst(Action<TrainAutoencoderEstimator.Options> change)
    {
        IDataView trained = Estimator(change).Fit(SmallZoo.View(_ml)).Transform(SmallZoo.View(_ml, models: 1));
        using DataViewRowCursor cursor = trained.GetRowCursor(trained.Schema);
        cursor.MoveNext();
    }

    private void TrainFirst(Action<SmallZoo.Row> change)
    {
        SmallZoo.Row row = SmallZoo.Rows(1).Single();
        change(row);
        IDataView trained = Estimator(_ => { }).Fit(SmallZoo.View(_ml)).Transform(_ml.Data.LoadFromEnumerable([row]));
        using DataViewRowCursor cursor = trained.GetRowCursor(trained.Schema);
        cursor.MoveNext();
    }
}
