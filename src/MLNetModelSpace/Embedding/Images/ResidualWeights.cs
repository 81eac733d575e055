namespace MLNetModelSpace.Embedding;

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
            int bad = Array.FindIndex(content, value => !float.IsFinite(value));
            if (bad >= 0)
                faults.Add($"'{name}' has {content[bad]} at {bad}");
            values.Add(name, content);
        }

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
