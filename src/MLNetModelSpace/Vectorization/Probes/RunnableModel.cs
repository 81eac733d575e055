using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNetModelSpace;

/// <summary>An architecture and the shape of its images, as a layout names them: enough to run a model from its weights.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Shape">The shape of one image.</param>
internal sealed record RunnableModel(Architecture Architecture, ImageShape Shape)
{
    /// <summary>Images that go through the network at a time, so that memory stays bounded.</summary>
    private const int Batch = 256;

    /// <summary>What a layout names; null where it names nothing that can be run, or its tensors are not the architecture's.</summary>
    public static RunnableModel? Find(WeightLayout layout)
    {
        if (layout.Architecture.Length == 0)
            return null;
        try
        {
            Architecture architecture = Architecture.Parse(layout.Architecture, out ImageShape? shape);
            return shape is { } known && architecture.GetLayout(known).Tensors.SequenceEqual(layout.Tensors) ? new RunnableModel(architecture, known) : null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The module with these weights; the caller disposes it.</summary>
    public nn.Module<Tensor, Tensor> Create(ReadOnlySpan<float> weights) => Architecture.CreateModule(Shape, weights);

    /// <summary>The gradient of the mean squared error of some images by all parameters, in the order of the weights; zero by those that reconstruction does not use.</summary>
    /// <param name="module">Made by <see cref="Create"/>.</param>
    /// <param name="images">n·C·H·W values.</param>
    /// <param name="start">The first image.</param>
    /// <param name="count">How many.</param>
    /// <param name="gradient">Receives as many numbers as there are weights.</param>
    /// <param name="part">As many, for work.</param>
    public void MeanGradient(nn.Module<Tensor, Tensor> module, float[] images, int start, int count, Span<float> gradient, Span<float> part)
    {
        gradient.Clear();
        Parameter[] parameters = [.. module.parameters()];
        for (int done = 0; done < count; done += Batch)
        {
            using DisposeScope step = NewDisposeScope();
            int length = Math.Min(Batch, count - done);
            Tensor batch = NativeTensors.Of(
                images.AsSpan((start + done) * Shape.Size, length * Shape.Size), length, Shape.Channels, Shape.Height, Shape.Width);
            Tensor loss = nn.functional.mse_loss(module.forward(batch), batch);
            // Not autograd.grad, in which an error ends the process.
            loss.backward();
            part.Clear();
            int at = 0;
            foreach (Parameter parameter in parameters)
            {
                // A head of log-variances has no part in a reconstruction, and so no gradient.
                if (parameter.grad is { } slope)
                {
                    slope.contiguous().data<float>().ToArray().CopyTo(part[at..]);
                    parameter.grad = null;
                }

                at += (int)parameter.numel();
            }

            TensorPrimitives.MultiplyAdd(part, (float)length / count, gradient, gradient);
        }
    }

    /// <summary>Runs images through the model.</summary>
    /// <param name="module">Made by <see cref="Create"/>.</param>
    /// <param name="images">n·C·H·W values.</param>
    /// <param name="answers">Receives as many.</param>
    public void Run(nn.Module<Tensor, Tensor> module, float[] images, float[] answers)
    {
        using IDisposable frozen = no_grad();
        int count = images.Length / Shape.Size;
        using Tensor all = NativeTensors.Of(images, count, Shape.Channels, Shape.Height, Shape.Width);
        for (int start = 0; start < count; start += Batch)
        {
            using DisposeScope step = NewDisposeScope();
            int length = Math.Min(Batch, count - start);
            Tensor answer = module.forward(all.narrow(0, start, length)).contiguous();
            answer.data<float>().CopyTo(answers, start * Shape.Size);
        }
    }
}
