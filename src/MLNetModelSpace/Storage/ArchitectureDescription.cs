using System.Globalization;
using System.Text;

namespace MLNetModelSpace.Storage;

/// <summary>What a layout is, in few words: the architecture that it names, else its layers, else its counts.</summary>
internal static class ArchitectureDescription
{
    /// <summary>Such as <c>linear 784-400-(20|20)-400-784</c> or <c>conv 1-8 k3x3, transposed 8-1 k3x3</c>.</summary>
    public static string Of(WeightLayout layout)
    {
        if (layout.Architecture.Length > 0)
            return layout.Architecture;
        Wiring wiring = layout.GetWiring();
        if (wiring.Reason is not null)
            return string.Create(CultureInfo.InvariantCulture, $"{layout.Tensors.Count} tensors {layout.ParameterCount} parameters");
        var text = new StringBuilder();
        string before = "";
        foreach (WiredLayer layer in wiring.Layers)
        {
            if (layer.Kind == WiredLayerKind.Normalization)
            {
                text.Append(" norm");
                before = "";
                continue;
            }

            ReadOnlySpan<int> shape = layout.Tensors[WiringRules.WeightOf(layout.Tensors, layer.Name)].Shape;
            if (layer.IsLogVariance)
            {
                int mean = text.ToString().LastIndexOf('-') + 1;
                text.Insert(mean, '(').Append(CultureInfo.InvariantCulture, $"|{shape[0]})");
                continue;
            }

            (string word, int inputs, int outputs) = layer.Kind switch
            {
                WiredLayerKind.Convolution => ($"conv k{shape[2]}x{shape[3]}", shape[1], shape[0]),
                WiredLayerKind.TransposedConvolution => ($"transposed k{shape[2]}x{shape[3]}", shape[0], shape[1]),
                _ => ("linear", shape[1], shape[0]),
            };
            if (word != before)
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? ", " : "")}{word} {inputs}");
            text.Append(layer.Kind == WiredLayerKind.FusedHeads ? string.Create(CultureInfo.InvariantCulture, $"-({outputs / 2}|{outputs / 2})") : string.Create(CultureInfo.InvariantCulture, $"-{outputs}"));
            before = word;
        }

        return text.ToString();
    }
}
