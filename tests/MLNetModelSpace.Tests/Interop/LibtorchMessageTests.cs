using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>What libtorch refuses, as users see it.</summary>
public sealed class LibtorchMessageTests
{
    [Fact]
    public void AnErrorInTrainingIsOneLineBehindWhatWasTried()
    {
        var ml = new MLContext(1);
        IDataView rows = SmallZoo.View(ml, models: 1);
        var options = SmallZoo.Options(new ModuleArchitecture("pairs-only", _ => new PairsOnly()));
        using TrainAutoencoderTransformer trainer = ml.ModelSpace().Transforms.TrainAutoencoder(options).Fit(rows);

        Exception error = Assert.ThrowsAny<Exception>(() => trainer.Transform(rows).GetColumn<float[]>(ZooColumns.Weights).ToArray()).GetBaseException();

        Assert.IsType<InvalidOperationException>(error);
        Assert.Matches("^Training of model 0 \\(seed 100\\) failed in libtorch: shape '\\[2, 36\\]' is invalid for input of size 180$", error.Message);
        Assert.Contains("shape '[2, 36]' is invalid", (string)error.Data["libtorch"]!);
    }

    /// <summary>Runs batches of two images, and no others.</summary>
    private sealed class PairsOnly : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly TorchSharp.Modules.Linear _layer = torch.nn.Linear(36, 36);

        public PairsOnly()
            : base(nameof(PairsOnly)) => RegisterComponents();

        public override torch.Tensor forward(torch.Tensor input) => _layer.forward(input.view(2, 36)).view(2, 1, 6, 6);
    }
}
