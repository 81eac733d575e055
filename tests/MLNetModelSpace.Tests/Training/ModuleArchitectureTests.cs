using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Tests.Training;

[Collection(SerialCollection.Name)]
public class ModuleArchitectureTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void AModuleOfOnesOwnTrainsLikeTheSameArchitectureOfThisLibrary()
    {
        var mine = new ModuleArchitecture("two-layers", _ => new TwoLayers());

        float[][] own = Train(mine, _ => { });
        float[][] known = Train(new LinearAutoencoder(hidden: 4), _ => { });

        Assert.Equal(known.Length, own.Length);
        for (int i = 0; i < own.Length; i++)
            AssertClose(known[i], own[i], 1e-5f);
    }

    [Theory]
    [InlineData(TrainingOptimizer.Adam, ReconstructionLoss.MeanSquaredError, LearningRateSchedule.Constant, 0)]
    [InlineData(TrainingOptimizer.Adam, ReconstructionLoss.MeanSquaredError, LearningRateSchedule.Cosine, 0.01)]
    [InlineData(TrainingOptimizer.AdamW, ReconstructionLoss.MeanSquaredError, LearningRateSchedule.Step, 0.1)]
    [InlineData(TrainingOptimizer.Sgd, ReconstructionLoss.MeanSquaredError, LearningRateSchedule.Constant, 0.01)]
    [InlineData(TrainingOptimizer.Adam, ReconstructionLoss.BinaryCrossEntropy, LearningRateSchedule.Constant, 0)]
    public void FusedStepsAreTorchSharpsOptimizers(TrainingOptimizer optimizer, ReconstructionLoss loss, LearningRateSchedule schedule, double decay)
    {
        void Change(TrainAutoencoderEstimator.Options options) =>
            (options.Optimizer, options.Loss, options.Schedule, options.WeightDecay, options.Epochs) = (optimizer, loss, schedule, decay, 5);
        var mine = new ModuleArchitecture("two-layers", _ => new TwoLayers(output: true));

        float[][] own = Train(mine, Change);
        float[][] known = Train(new LinearAutoencoder([4], output: OutputActivation.Sigmoid), Change);

        for (int i = 0; i < own.Length; i++)
            AssertClose(known[i], own[i], 2e-5f);
    }

    [Fact]
    public void ExtraLossIsAddedAndDrawsFollowTheSeed()
    {
        var vae = new ModuleArchitecture("own-vae", _ => new Vae());

        float[][] once = Train(vae, options => options.Threads = 1);
        float[][] again = Train(vae, options => options.Threads = 3);

        Assert.Equal(once, again);
        Assert.NotEqual(once[0], once[1]);
    }

    [Fact]
    public void TheProcessWideGeneratorStaysWhereItWas()
    {
        manual_seed(7);
        using Tensor expected = rand(4);
        manual_seed(7);

        Train(new ModuleArchitecture("own-vae", _ => new Vae()), _ => { });

        using Tensor actual = rand(4);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    [Fact]
    public void APipelineIsLoadedWhereTheArchitectureIsRegistered()
    {
        var mine = new ModuleArchitecture($"registered-{Guid.NewGuid():N}", _ => new TwoLayers());
        TrainAutoencoderTransformer transformer = _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(mine)).Fit(SmallZoo.View(_ml));
        using var file = new MemoryStream();
        _ml.Model.Save(transformer, SmallZoo.View(_ml).Schema, file);
        Exception error = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(file, out _)).GetBaseException();
        ModuleArchitecture.Register(mine);

        ITransformer loaded = new MLContext().Model.Load(file, out _);

        Assert.Contains("is an architecture of one's own that is not registered: call ModuleArchitecture.Register before", error.Message, StringComparison.Ordinal);
        Assert.Equal(SmallZoo.Weights(transformer.Transform(SmallZoo.View(_ml))), SmallZoo.Weights(loaded.Transform(SmallZoo.View(_ml))));
    }

    [Fact]
    public void ATrainedModuleIsRunFromItsWeights()
    {
        var mine = new ModuleArchitecture("two-layers", _ => new TwoLayers());
        IDataView view = SmallZoo.View(_ml, models: 1);
        IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(mine)).Fit(view).Transform(view);
        using DisposeScope scope = NewDisposeScope();
        using nn.Module<Tensor, Tensor> module = mine.CreateModule(SmallZoo.Shape, SmallZoo.Weights(trained)[0]);
        Tensor images = tensor(SmallZoo.Rows(1).Single().Images, [SmallZoo.ImagesPerModel, 1, 6, 6]);

        float error = nn.functional.mse_loss(module.forward(images), images).data<float>()[0];

        Assert.Equal(error, trained.GetColumn<float>(ZooColumns.ReconstructionError).Single(), 1e-6f);
    }

    [Fact]
    public void ModulesAndTensorsGoWithTheirModels()
    {
        // TorchSharp counts every Parameter made from a tensor once too often, so what twenty leave is compared with what two leave.
        Train(new ModuleArchitecture("two-layers", _ => new TwoLayers()), _ => { });
        long before = Tensor.TotalCount;
        Train(new ModuleArchitecture("two-layers", _ => new TwoLayers()), _ => { }, models: 4);
        long four = Tensor.TotalCount - before;
        Train(new ModuleArchitecture("two-layers", _ => new TwoLayers()), _ => { }, models: 12);
        long twelve = Tensor.TotalCount - before - four;

        Assert.InRange(twelve - four, 0, 8 * 4);
    }

    [Fact]
    public void AnotherOutputShapeIsRefused() => Refused(
        new ModuleArchitecture("cut", _ => new Cut()), "ModuleArchitecture(name=cut) takes images of 2×1×6×6 to 2×1×6×5; expected reconstructions of the same shape.");

    [Fact]
    public void AFactoryThatIsNoFunctionOfItsSeedIsRefused()
    {
        int calls = 0;
        Refused(new ModuleArchitecture("moody", seed => new TwoLayers(scale: 1 + calls++)), "makes modules with other weights from the same seed");
    }

    [Fact]
    public void AModuleWithoutParametersIsRefused() =>
        Refused(new ModuleArchitecture("none", _ => nn.Identity()), "makes a module without parameters");

    [Fact]
    public void AModuleOnTwoDevicesIsRefused() =>
        Refused(new ModuleArchitecture("split", _ => new TwoDevices()), "makes a module with 'first' on cpu and 'second' on meta; expected one device.");

    [Fact]
    public void AModuleWithBuffersIsRefused() => Refused(
        new ModuleArchitecture("normalised", _ => nn.Sequential(nn.BatchNorm2d(1))), "makes a module with the buffer '0.running_mean', which is no parameter and would be lost");

    [Fact]
    public void AModuleThatCannotRunTheImagesIsRefusedInOneLine()
    {
        var error = Assert.Throws<ArgumentException>(() => Fit(new ModuleArchitecture("narrow", _ => nn.Linear(5, 5))));
        Assert.StartsWith("ModuleArchitecture(name=narrow) cannot run images of 2×1×6×6: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("a,b")]
    [InlineData("a)")]
    public void NamesAreOneWord(string name) => Assert.Throws<ArgumentException>("name", () => new ModuleArchitecture(name, _ => new TwoLayers()));

    private void Refused(ModuleArchitecture architecture, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Fit(architecture));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private TrainAutoencoderTransformer Fit(Architecture architecture) =>
        _ml.ModelSpace().Transforms.TrainAutoencoder(SmallZoo.Options(architecture)).Fit(SmallZoo.View(_ml));

    private float[][] Train(Architecture architecture, Action<TrainAutoencoderEstimator.Options> change, int models = 3)
    {
        TrainAutoencoderEstimator.Options options = SmallZoo.Options(architecture);
        // The whole sample: own modules shuffle with other draws.
        options.BatchSize = SmallZoo.ImagesPerModel;
        change(options);
        IDataView view = SmallZoo.View(_ml, models);
        using TrainAutoencoderTransformer transformer = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(view);
        return SmallZoo.Weights(transformer.Transform(view));
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
    }

    private sealed class TwoLayers : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear encoder = nn.Linear(36, 4);
        private readonly TorchSharp.Modules.Linear decoder = nn.Linear(4, 36);
        private readonly bool _output;

        public TwoLayers(bool output = false, double scale = 1)
            : base(nameof(TwoLayers))
        {
            _output = output;
            RegisterComponents();
            if (scale == 1)
                return;
            using IDisposable frozen = no_grad();
            encoder.weight.mul_(scale).Dispose();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor y = decoder.forward(encoder.forward(input.reshape(-1, 36)));
            return (_output ? sigmoid(y) : y).reshape(input.shape);
        }
    }

    private sealed class Vae : nn.Module<Tensor, (Tensor Reconstruction, Tensor Loss)>
    {
        private readonly TorchSharp.Modules.Linear mean = nn.Linear(36, 3);
        private readonly TorchSharp.Modules.Linear decoder = nn.Linear(3, 36);

        public Vae()
            : base(nameof(Vae)) => RegisterComponents();

        public override (Tensor Reconstruction, Tensor Loss) forward(Tensor input)
        {
            Tensor code = mean.forward(input.reshape(-1, 36));
            Tensor draw = training ? code + randn_like(code) : code;
            return (decoder.forward(draw).reshape(input.shape), 0.01 * code.square().mean());
        }
    }

    private sealed class Cut : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear layer = nn.Linear(6, 5);

        public Cut()
            : base(nameof(Cut)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.forward(input);
    }

    private sealed class TwoDevices : nn.Module<Tensor, Tensor>
    {
        public TwoDevices()
            : base(nameof(TwoDevices))
        {
            register_parameter("first", new TorchSharp.Modules.Parameter(zeros(2)));
            register_parameter("second", new TorchSharp.Modules.Parameter(zeros(2, device: META)));
        }

        public override Tensor forward(Tensor input) => input;
    }
}
