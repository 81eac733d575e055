using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Training;

/// <summary>
/// The trainer beside PyTorch's own modules, losses and optimizers, run in Python from the same seed (conformance/pytorch/training.py): the weights that
/// models begin with, and what one step and three make of them. The batch is the whole sample.
/// </summary>
public class PyTorchTrainingTests
{
    private const int Count = 8;
    private static readonly JsonElement Figures = ReferenceFiles.Open("pytorch/training.json").RootElement.Clone();
    private readonly MLContext _ml = new(1);

    public static TheoryData<string, string, int, double> Cases
    {
        get
        {
            var data = new TheoryData<string, string, int, double>();
            foreach (JsonElement c in Figures.GetProperty("cases").EnumerateArray())
                data.Add(c.GetProperty("architecture").GetString()!, c.GetProperty("optimizer").GetString()!, c.GetProperty("epochs").GetInt32(), c.GetProperty("weightDecay").GetDouble());
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void WeightsAndLossesArePyTorchs(string architecture, string optimizer, int epochs, double decay)
    {
        JsonElement expected = Case(architecture, optimizer, epochs, decay);

        Trained trained = Train(architecture, optimizer, epochs, decay, Figures.GetProperty("learningRate").GetDouble());

        AssertClose(expected.GetProperty("weights"), trained.Weights);
        Assert.Equal(expected.GetProperty("trainingLoss").GetDouble(), trained.TrainingLoss, 1e-6);
        Assert.Equal(expected.GetProperty("reconstructionError").GetDouble(), trained.ReconstructionError, 1e-6);
    }

    [Theory]
    [InlineData("Linear")]
    [InlineData("Convolutional")]
    [InlineData("Vae")]
    public void InitialWeightsArePyTorchs(string architecture)
    {
        JsonElement expected = Figures.GetProperty("cases").EnumerateArray().First(c => c.GetProperty("architecture").GetString() == architecture);

        // A step too short to be seen.
        Trained trained = Train(architecture, "Sgd", epochs: 1, decay: 0, learningRate: 1e-12);

        AssertClose(expected.GetProperty("initial"), trained.Weights);
    }

    private static JsonElement Case(string architecture, string optimizer, int epochs, double decay) => Figures.GetProperty("cases").EnumerateArray().Single(c =>
        c.GetProperty("architecture").GetString() == architecture && c.GetProperty("optimizer").GetString() == optimizer
        && c.GetProperty("epochs").GetInt32() == epochs && c.GetProperty("weightDecay").GetDouble() == decay);

    private static void AssertClose(JsonElement expected, float[] actual)
    {
        float[] values = [.. expected.EnumerateArray().Select(v => v.GetSingle())];
        Assert.Equal(values.Length, actual.Length);
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - actual[i]) <= 2e-6, string.Create(CultureInfo.InvariantCulture, $"Weight {i} is {actual[i]}; PyTorch has {values[i]}."));
    }

    private Trained Train(string architecture, string optimizer, int epochs, double decay, double learningRate)
    {
        var options = new TrainAutoencoderEstimator.Options
        {
            Architecture = architecture switch
            {
                "Linear" => new LinearAutoencoder(hidden: 2),
                "Convolutional" => new ConvolutionalAutoencoder(channels: 2, kernel: 2, stride: 2),
                _ => new LinearVae(latent: 2, beta: Figures.GetProperty("beta").GetDouble()),
            },
            Optimizer = Enum.Parse<TrainingOptimizer>(optimizer),
            Epochs = epochs,
            BatchSize = Count,
            LearningRate = learningRate,
            Momentum = Figures.GetProperty("momentum").GetDouble(),
            WeightDecay = decay,
            ImageShape = new ImageShape(1, 4, 4),
        };
        IDataView rows = _ml.Data.LoadFromEnumerable([new Sample { Seed = Figures.GetProperty("seed").GetInt64() }]);
        IDataView trained = _ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(rows).Transform(rows);
        return Assert.Single(_ml.Data.CreateEnumerable<Trained>(trained, reuseRowObject: false, ignoreMissingColumns: false));
    }

    private sealed class Sample
    {
        public long Seed { get; set; }

        /// <summary>As the script makes them.</summary>
        [VectorType(Count * 16)]
        public float[] Images { get; set; } = [.. Enumerable.Range(0, Count * 16).Select(i => ((7 * (i / 16)) + (3 * (i % 16))) % 11 / 10f)];
    }

    private sealed class Trained
    {
        public float[] Weights { get; set; } = [];

        public float TrainingLoss { get; set; }

        public float ReconstructionError { get; set; }
    }
}
