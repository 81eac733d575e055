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

/// <summary>Reads a residual network's tensors from a safetensors file by torchvision's names.</summary>
internal static class ResidualWeights
{
    /// <summary>
    /// The layout and the values. The stem tells the kind: a 7×7 kernel is ResNet-18 for ImageNet-size images, a 3×3 one for CIFAR-size
    /// images. Widths are those of the file, so that a narrower network of the same names is read too.
    /// </summary>
    /// <exception cref="InvalidDataException">Tensors are missing or of another shape; every one of them is named.</exception>
    public static (ResidualLayout Layout, Dictionary<string, float[]> Tensors) Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        ResidualLayout layout = Recognize(file, path);
        var values = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach ((string name, long[] shape) in layout.Tensors())
        {
            int index = file.IndexOf(name);
            if (index < 0)
            {
                faults.Add($"'{name}' [{string.Join('×', shape)}] is missing");
                continue;
            }

            SafetensorsTensor tensor = file.Tensors[index];
            if (!tensor.Shape.SequenceEqual(shape))
            {
                faults.Add($"'{name}' is [{string.Join('×', tensor.Shape.ToArray())}] instead of [{string.Join('×', shape)}]");
                continue;
            }

            float[] content = new float[tensor.Length];
            file.CopyTo(index, content);
            if (FiniteNumbers.IndexOfOther(content) is >= 0 and int bad)
                faults.Add($"'{name}' has {content[bad]} at {bad}");
            values.Add(name, content);
        }

        HashSet<string> known = [.. layout.Tensors().Select(tensor => tensor.Name)];
        faults.AddRange(file.Tensors.Where(tensor => tensor.Name.StartsWith("layer", StringComparison.Ordinal) && !tensor.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal) && !known.Contains(tensor.Name))
            .Select(tensor => $"'{tensor.Name}' is one too many: this is a deeper network"));
        if (faults.Count > 0)
            throw new InvalidDataException($"{path} is no ResNet-18: {string.Join("; ", faults)}.");
        return (layout, values);
    }

    /// <summary>ResNet-18's shape with the file's own widths: those of the first convolution of each stage.</summary>
    private static ResidualLayout Recognize(SafetensorsFile file, string path)
    {
        int stem = file.IndexOf("conv1.weight");
        if (stem < 0)
            throw new InvalidDataException($"{path} is no ResNet-18: 'conv1.weight' is missing.");
        ReadOnlySpan<long> shape = file.Tensors[stem].Shape;
        if (shape.Length != 4 || shape[1] is not (1 or 3) || shape[2] != shape[3] || shape[2] is not (3 or 7))
        {
            throw new InvalidDataException(
                $"{path} is no ResNet-18: 'conv1.weight' is [{string.Join('×', shape.ToArray())}] instead of [64×3×7×7] or [64×3×3×3].");
        }

        ResidualLayout usual = shape[2] == 7 ? ResidualLayout.ResNet18 : ResidualLayout.ResNet18Small;
        int[] widths = [.. usual.Widths];
        for (int stage = 0; stage < widths.Length; stage++)
        {
            int first = file.IndexOf($"layer{stage + 1}.0.conv1.weight");
            if (first >= 0 && file.Tensors[first].Shape.Length == 4 && file.Tensors[first].Shape[0] is > 0 and <= 4096)
                widths[stage] = (int)file.Tensors[first].Shape[0];
        }

        return usual with { Channels = (int)shape[1], StemWidth = (int)shape[0], Widths = widths };
    }
}
