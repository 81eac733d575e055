using MLNetModelSpace;
using TorchSharp;

namespace Examples.ModelSearch;

/// <summary>The reconstruction error of every model of a zoo on the same images.</summary>
internal sealed class ZooErrors(Architecture architecture, ImageShape shape, IReadOnlyList<float[]> weights)
{
    /// <summary>Mean squared error per pixel of each model.</summary>
    public double[] Of(float[] images)
    {
        double[] errors = new double[weights.Count];
        Parallel.For(0, errors.Length, i =>
        {
            using var scope = torch.NewDisposeScope();
            using IDisposable inference = torch.no_grad();
            using torch.nn.Module<torch.Tensor, torch.Tensor> model = architecture.CreateModule(shape, weights[i]);
            torch.Tensor batch = torch.tensor(images, [images.Length / shape.Size, shape.Channels, shape.Height, shape.Width]);
            errors[i] = (model.forward(batch) - batch).square().mean().data<float>()[0];
        });

        return errors;
    }
}
