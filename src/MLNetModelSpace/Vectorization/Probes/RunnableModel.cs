using TorchSharp;
using static TorchSharp.torch;

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

    /// <summary>Runs images through the model.</summary>
    /// <param name="module">Made by <see cref="Create"/>.</param>
    /// <param name="images">n·C·H·W values.</param>
    /// <param name="answers">Receives as many.</param>
    public void Run(nn.Module<Tensor, Tensor> module, float[] images, float[] answers)
    {
        using IDisposable frozen = no_grad();
        int count = images.Length / Shape.Size;
        using Tensor all = tensor(images, [count, Shape.Channels, Shape.Height, Shape.Width]);
        for (int start = 0; start < count; start += Batch)
        {
            using DisposeScope step = NewDisposeScope();
            int length = Math.Min(Batch, count - start);
            Tensor answer = module.forward(all.narrow(0, start, length)).contiguous();
            answer.data<float>().CopyTo(answers, start * Shape.Size);
        }
    }
}
