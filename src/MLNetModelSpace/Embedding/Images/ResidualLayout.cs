namespace MLNetModelSpace.Embedding;

/// <summary>The shape of a residual network of basic blocks (He, Zhang, Ren and Sun, 2016), named as torchvision names its tensors.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="StemWidth">Channels behind the first convolution.</param>
/// <param name="StemKernel">Side of its kernel, odd; it pads by half of that.</param>
/// <param name="StemStride">Its stride.</param>
/// <param name="StemPool">Whether a 3×3 maximum of stride 2 follows.</param>
/// <param name="Widths">Channels of every stage; each stage but the first of a ResNet-18 halves the image.</param>
/// <param name="FirstStride">Stride of the first stage.</param>
/// <param name="Blocks">Blocks a stage.</param>
/// <param name="Classes">Outputs of the last linear layer; 0 for none.</param>
internal sealed record ResidualLayout(
    int Channels, int StemWidth, int StemKernel, int StemStride, bool StemPool, IReadOnlyList<int> Widths, int FirstStride, int Blocks, int Classes)
{
    /// <summary>ResNet-18 for images of ImageNet's size: a 7×7 stem of stride 2 and a maximum behind it.</summary>
    public static ResidualLayout ResNet18 { get; } = new(3, 64, 7, 2, true, [64, 128, 256, 512], 1, 2, 0);

    /// <summary>ResNet-18 for images of CIFAR's size: a 3×3 stem that keeps the size.</summary>
    public static ResidualLayout ResNet18Small { get; } = new(3, 64, 3, 1, false, [64, 128, 256, 512], 1, 2, 0);

    /// <summary>A network that trains within a minute: a stem and two stages of one block.</summary>
    public static ResidualLayout Tiny(int channels, int classes) => new(channels, 16, 3, 2, false, [32, 48], 2, 1, classes);

    /// <summary>Number of values of an embedding: the channels of the last stage.</summary>
    public int Width => Widths[^1];

    /// <summary>Names and shapes of all tensors, in the order of torchvision's <c>state_dict</c>, without its batch counters.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        yield return ("conv1.weight", [StemWidth, Channels, StemKernel, StemKernel]);
        foreach ((string, long[]) tensor in Norm("bn1", StemWidth))
            yield return tensor;
        int before = StemWidth;
        for (int stage = 0; stage < Widths.Count; stage++)
        {
            for (int block = 0; block < Blocks; block++)
            {
                string name = $"layer{stage + 1}.{block}";
                int width = Widths[stage], input = block == 0 ? before : width;
                yield return ($"{name}.conv1.weight", [width, input, 3, 3]);
                foreach ((string, long[]) tensor in Norm($"{name}.bn1", width))
                    yield return tensor;
                yield return ($"{name}.conv2.weight", [width, width, 3, 3]);
                foreach ((string, long[]) tensor in Norm($"{name}.bn2", width))
                    yield return tensor;
                if (!HasShortcut(stage, block, before))
                    continue;
                yield return ($"{name}.downsample.0.weight", [width, input, 1, 1]);
                foreach ((string, long[]) tensor in Norm($"{name}.downsample.1", width))
                    yield return tensor;
            }

            before = Widths[stage];
        }

        if (Classes > 0)
        {
            yield return ("fc.weight", [Classes, Width]);
            yield return ("fc.bias", [Classes]);
        }
    }

    public int StrideOf(int stage, int block) => block > 0 ? 1 : stage == 0 ? FirstStride : 2;

    public bool HasShortcut(int stage, int block, int before) => StrideOf(stage, block) != 1 || (block == 0 && before != Widths[stage]);

    private static IEnumerable<(string, long[])> Norm(string name, int width)
    {
        yield return ($"{name}.weight", [width]);
        yield return ($"{name}.bias", [width]);
        yield return ($"{name}.running_mean", [width]);
        yield return ($"{name}.running_var", [width]);
    }
}
