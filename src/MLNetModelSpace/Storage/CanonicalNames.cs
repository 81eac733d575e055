namespace MLNetModelSpace.Storage;

/// <summary>
/// Names of layers as this library's architectures have them: <c>encoder</c> (of several <c>encoder.0</c> and so on), <c>encoder_mean</c> and
/// <c>encoder_logvar</c>, <c>decoder</c>; a normalisation is <c>norm</c> under the layer that it stands behind. Where nothing tells where the code is,
/// layers are <c>layers.0</c> and so on.
/// </summary>
internal static class CanonicalNames
{
    /// <summary>The name of every layer of a wiring.</summary>
    public static string[] Of(Wiring wiring, TensorLayout[] tensors)
    {
        int[] path = [.. Enumerable.Range(0, wiring.Layers.Count).Where(i => wiring.Layers[i].Kind != WiredLayerKind.Normalization && !wiring.Layers[i].IsLogVariance)];
        int head = Array.FindIndex(path, i => i + 1 < wiring.Layers.Count && wiring.Layers[i + 1].IsLogVariance);
        int encoders = head >= 0 ? head : FindCode(wiring, tensors, path);
        int decoders = path.Length - encoders - (head >= 0 ? 1 : 0);
        string[] names = new string[wiring.Layers.Count];
        for (int place = 0; place < path.Length; place++)
        {
            names[path[place]] = encoders < 0 ? $"layers.{place}"
                : place == head ? "encoder_mean"
                : place < encoders ? Half("encoder", place, encoders)
                : Half("decoder", place - encoders - (head >= 0 ? 1 : 0), decoders);
        }

        for (int i = 0; i < names.Length; i++)
        {
            if (wiring.Layers[i].IsLogVariance)
                names[i] = i - 1 == (head >= 0 ? path[head] : -1) ? "encoder_logvar" : $"{names[i - 1]}_logvar";
            else if (wiring.Layers[i].Kind == WiredLayerKind.Normalization)
                names[i] = i == 0 ? "norm" : $"{names[i - 1]}.norm";
        }

        return names;
    }

    /// <summary>How many layers the encoder has: as names say, else up to heads in one tensor, else up to the only narrowest place; -1 where nothing tells.</summary>
    private static int FindCode(Wiring wiring, TensorLayout[] tensors, int[] path)
    {
        WiredLayer[] layers = [.. path.Select(i => wiring.Layers[i])];
        int said = Array.FindIndex(layers, layer => LayerNames.SaysDecoder(layer.Name) || LayerNames.SaysTransposed(layer.Name));
        if (said > 0 && layers[..said].All(layer => !LayerNames.SaysDecoder(layer.Name)) && layers[said..].All(layer => !LayerNames.SaysEncoder(layer.Name)))
            return said;
        int fused = Array.FindIndex(layers, layer => layer.Kind == WiredLayerKind.FusedHeads);
        if (fused >= 0)
            return fused + 1;
        int transposed = Array.FindIndex(layers, layer => layer.Kind == WiredLayerKind.TransposedConvolution);
        bool dense = Array.TrueForAll(layers, layer => layer.Kind == WiredLayerKind.Linear);
        if (!dense)
            return transposed > 0 && layers[transposed..].All(layer => layer.Kind == WiredLayerKind.TransposedConvolution) && layers[..transposed].All(layer => layer.Kind == WiredLayerKind.Convolution) ? transposed : -1;
        int[] widths = [.. layers.Select(layer => tensors[WiringRules.WeightOf(tensors, layer.Name)].Shape[0])];
        int narrowest = widths.Min();
        return widths.Length > 1 && widths.Count(width => width == narrowest) == 1 && widths[^1] != narrowest
            && tensors[WiringRules.WeightOf(tensors, layers[0].Name)].Shape[1] == widths[^1]
            ? Array.IndexOf(widths, narrowest) + 1
            : -1;
    }

    private static string Half(string half, int place, int count) => count == 1 ? half : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{half}.{place}");
}
