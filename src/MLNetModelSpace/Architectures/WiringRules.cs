using System.Text.RegularExpressions;

namespace MLNetModelSpace.Architectures;

/// <summary>
/// Reads the wiring of a network from the names and shapes of its tensors in order, where nobody states it:
/// <list type="number">
/// <item>Every tensor of two dimensions is a linear layer, of four a convolution; each is fed by the one before it, so it reads as many units as that gives, or, a
/// linear layer behind a convolution only, a multiple of its channels.</item>
/// <item>A kernel of which only one reading fits is that. Where both fit, a name that says so (deconv, t_conv, …) or a place in a decoder makes it a transposed one,
/// a name such as conv1 or a place in an encoder a plain one; names that say both, or nothing, leave two readings.</item>
/// <item>Two layers of equal shape of which the second cannot read what the first gives are two heads that read the same: the one whose name says mean, or else the
/// first, is the mean. Where the second could follow the first, only names tell.</item>
/// <item>A linear layer whose outputs are twice what the next one reads holds both heads, the mean first.</item>
/// <item>A tensor of one dimension called weight, behind a layer, is a normalisation; one number is an activation's slope.</item>
/// </list>
/// What is left over, or has two readings, makes the wiring unknown, and the reason says which tensor it is.
/// </summary>
internal sealed partial class WiringRules
{
    /// <summary>Modules that change nothing of how tensors are wired.</summary>
    private static readonly HashSet<string> s_activations = ["PReLU"];

    private readonly IReadOnlyList<TensorLayout> _tensors;
    private readonly Func<string, string?> _moduleType;
    private readonly List<Group> _groups = [];
    private readonly List<WiredLayer> _layers = [];
    private bool _plainInDecoder;

    private WiringRules(IReadOnlyList<TensorLayout> tensors, Func<string, string?> moduleType)
    {
        _tensors = tensors;
        _moduleType = moduleType;
    }

    /// <summary>Reads the wiring.</summary>
    /// <param name="tensors">In the order of the network.</param>
    /// <param name="moduleType">The class of a layer's module by the layer's name, such as <c>ConvTranspose2d</c>, where it is known.</param>
    public static Wiring Read(IReadOnlyList<TensorLayout> tensors, Func<string, string?>? moduleType = null)
    {
        var rules = new WiringRules(tensors, moduleType ?? (_ => null));
        try
        {
            rules.Group_();
            rules.Walk();
            return new Wiring(rules._layers);
        }
        catch (TwoReadings reason)
        {
            return Wiring.Unknown(reason.Message);
        }
    }

    /// <summary>The index of a layer's weight tensor, or -1.</summary>
    public static int WeightOf(IReadOnlyList<TensorLayout> tensors, string layer)
    {
        int index = Find(tensors, $"{layer}.weight");
        return index >= 0 ? index : Find(tensors, layer);
    }

    /// <summary>The index of a layer's bias tensor, or -1: <c>X.bias</c> of <c>X.weight</c>, <c>b1</c> of <c>W1</c>.</summary>
    public static int BiasOf(IReadOnlyList<TensorLayout> tensors, string layer)
    {
        int index = Find(tensors, $"{layer}.bias");
        if (index >= 0)
            return index;
        Match plain = PlainName().Match(layer);
        return plain.Success ? Find(tensors, $"{plain.Groups[1].Value}{(plain.Groups[2].Value == "W" ? "b" : plain.Groups[2].Value == "weight" ? "bias" : "b")}{plain.Groups[3].Value}") : -1;
    }

    private static int Find(IReadOnlyList<TensorLayout> tensors, string name)
    {
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name && !tensors[i].IsBuffer)
                return i;
        }

        return -1;
    }

    /// <summary>Puts tensors together to layers, and accounts for each of them.</summary>
    private void Group_()
    {
        var used = new HashSet<int>();
        for (int i = 0; i < _tensors.Count; i++)
        {
            TensorLayout tensor = _tensors[i];
            if (Reparametrized().IsMatch(tensor.Name))
                throw new TwoReadings($"'{tensor.Name}' is a part of a reparametrised weight (weight or spectral normalisation); remove the reparametrisation before saving");
            if (tensor.Name == "kernel" || tensor.Name.EndsWith(".kernel", StringComparison.Ordinal) || tensor.Name.EndsWith("/kernel", StringComparison.Ordinal))
                throw new TwoReadings($"'{tensor.Name}' is called as Flax and Keras call weights, which lie inputs first");
            if (tensor.IsBuffer || tensor.Rank < 2)
                continue;
            string name = tensor.Name.EndsWith(".weight", StringComparison.Ordinal) ? tensor.Name[..^".weight".Length] : tensor.Name;
            int bias = BiasOf(_tensors, name);
            used.Add(i);
            used.Add(bias);
            _groups.Add(new Group(name, i, tensor, false));
        }

        for (int i = 0; i < _tensors.Count; i++)
        {
            TensorLayout tensor = _tensors[i];
            if (tensor.IsBuffer || used.Contains(i))
                continue;
            if (!tensor.Name.EndsWith(".weight", StringComparison.Ordinal) || tensor.Rank == 0)
                throw new TwoReadings($"'{tensor}' belongs to no layer that is known");
            string name = tensor.Name[..^".weight".Length];
            int bias = Find(_tensors, $"{name}.bias");
            if ((tensor.Length == 1 && bias < 0) || s_activations.Contains(_moduleType(name) ?? ""))
                continue;
            used.Add(bias);
            // In its place among the layers.
            int at = _groups.FindIndex(group => group.Weight > i);
            _groups.Insert(at < 0 ? _groups.Count : at, new Group(name, i, tensor, true));
        }
    }

    private void Walk()
    {
        int? before = null;
        bool map = false;
        for (int i = 0; i < _groups.Count; i++)
        {
            Group group = _groups[i];
            if (group.IsNorm)
            {
                _layers.Add(new WiredLayer(group.Name, WiredLayerKind.Normalization));
                continue;
            }

            Group? next = _groups.Skip(i + 1).FirstOrDefault(other => !other.IsNorm);
            WiredLayerKind kind = KindOf(group, before, map);
            if (next is not null && AreHeads(group, next, kind, before, map))
            {
                bool turned = (LayerNames.SaysVariance(group.Name) && !LayerNames.SaysVariance(next.Name)) || (LayerNames.SaysMean(next.Name) && !LayerNames.SaysMean(group.Name));
                _layers.Add(new WiredLayer(turned ? next.Name : group.Name, kind));
                _layers.Add(new WiredLayer(turned ? group.Name : next.Name, kind, IsLogVariance: true));
                i = _groups.IndexOf(next);
                next = _groups.Skip(i + 1).FirstOrDefault(other => !other.IsNorm);
            }
            else if (LayerNames.SaysLogVariance(group.Name) && _layers.Count > 0 && !_layers[^1].IsLogVariance)
            {
                _layers.Add(new WiredLayer(group.Name, kind, IsLogVariance: true));
                continue;
            }
            else
            {
                if (kind == WiredLayerKind.Linear && next is { Tensor.Rank: 2 } && next.Tensor.Shape[1] * 2 == group.Tensor.Shape[0])
                    kind = WiredLayerKind.FusedHeads;
                _layers.Add(new WiredLayer(group.Name, kind));
            }

            (before, map) = Outputs(group, kind, next);
        }

        if (_layers.Count == 0)
            throw new TwoReadings("there is no tensor of two or more dimensions");
        int decoder = _layers.FindIndex(layer => LayerNames.SaysDecoder(layer.Name)), encoder = _layers.FindLastIndex(layer => LayerNames.SaysEncoder(layer.Name));
        if (decoder >= 0 && encoder > decoder && !LayerNames.SaysEncoder(_layers[decoder].Name))
            throw new TwoReadings($"'{_layers[decoder].Name}' stands before '{_layers[encoder].Name}': the order is not that of the network");
    }

    /// <summary>What a layer computes, by its shape and, where both readings fit, by its name.</summary>
    private WiredLayerKind KindOf(Group group, int? before, bool map)
    {
        ReadOnlySpan<int> shape = group.Tensor.Shape;
        string? type = _moduleType(group.Name);
        if (type is not null && type is not ("Linear" or "Conv2d" or "ConvTranspose2d"))
            throw new TwoReadings($"'{group.Name}' is a {type}, which canonical forms do not know");
        if (group.Tensor.Rank == 2 && group.Tensor.Length > 0 && (before is null || shape[1] == before || (map && shape[1] % before == 0)))
            return WiredLayerKind.Linear;
        if (group.Tensor.Rank == 4 && group.Tensor.Length > 0)
        {
            bool plain = before is null || before == shape[1], transposed = before is null || before == shape[0];
            if (type is not null)
                (plain, transposed) = (plain && type == "Conv2d", transposed && type == "ConvTranspose2d");
            if (plain && transposed)
                return ByName(group, first: before is null);
            if (plain || transposed)
            {
                _plainInDecoder |= plain && LayerNames.SaysDecoder(group.Name);
                return plain ? WiredLayerKind.Convolution : WiredLayerKind.TransposedConvolution;
            }
        }

        throw new TwoReadings($"'{group.Tensor}' does not follow {before?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no"} units");
    }

    private WiredLayerKind ByName(Group group, bool first)
    {
        bool decoder = LayerNames.SaysDecoder(group.Name), transposed = LayerNames.SaysTransposed(group.Name), plain = LayerNames.SaysPlain(group.Name);
        if (transposed && !plain)
            return WiredLayerKind.TransposedConvolution;
        if (decoder && !plain && !_plainInDecoder)
            return WiredLayerKind.TransposedConvolution;
        if (!decoder && (plain || first || LayerNames.SaysEncoder(group.Name)))
            return WiredLayerKind.Convolution;
        throw new TwoReadings($"'{group.Tensor}' may be a convolution or a transposed one: both fit, and its name leaves it open");
    }

    /// <summary>Whether two layers read the same, the one a mean and the other a log-variance.</summary>
    private bool AreHeads(Group one, Group other, WiredLayerKind kind, int? before, bool map)
    {
        if (!one.Tensor.Shape.SequenceEqual(other.Tensor.Shape))
            return false;
        ReadOnlySpan<int> shape = one.Tensor.Shape;
        int reads = kind == WiredLayerKind.TransposedConvolution ? shape[0] : shape[1], gives = kind == WiredLayerKind.TransposedConvolution ? shape[1] : shape[0];
        bool said = LayerNames.SaysVariance(one.Name) || LayerNames.SaysVariance(other.Name) || (LayerNames.SaysMean(one.Name) ^ LayerNames.SaysMean(other.Name));
        if (said && LayerNames.SaysVariance(one.Name) && LayerNames.SaysVariance(other.Name) && LayerNames.SaysMean(one.Name) == LayerNames.SaysMean(other.Name)
            && LayerNames.SaysLogVariance(one.Name) == LayerNames.SaysLogVariance(other.Name))
        {
            throw new TwoReadings($"'{one.Name}' and '{other.Name}' are two heads of equal shape, and both names say variance");
        }

        bool follows = reads == gives || (kind != WiredLayerKind.Linear && KernelFits(other.Tensor, gives));
        if (follows && !said && LayerNames.AreNumberedHeads(one.Name, other.Name))
            throw new TwoReadings($"'{one.Name}' and '{other.Name}' may be two heads, or follow one another: both fit");
        return !follows || said;
    }

    private static bool KernelFits(TensorLayout kernel, int units) => kernel.Shape[0] == units || kernel.Shape[1] == units;

    /// <summary>The units that a layer gives, and whether they are channels of a map.</summary>
    private static (int Units, bool Map) Outputs(Group group, WiredLayerKind kind, Group? next)
    {
        ReadOnlySpan<int> shape = group.Tensor.Shape;
        switch (kind)
        {
            case WiredLayerKind.Convolution:
                return (shape[0], true);
            case WiredLayerKind.TransposedConvolution:
                return (shape[1], true);
            case WiredLayerKind.FusedHeads:
                return (shape[0] / 2, false);
            default:
                if (next is not { Tensor.Rank: 4 })
                    return (shape[0], false);
                int outputs = shape[0], plain = next.Tensor.Shape[1], transposed = next.Tensor.Shape[0];
                if (LayerNames.SaysDecoder(next.Name) || LayerNames.SaysTransposed(next.Name))
                    plain = transposed;
                else if (LayerNames.SaysEncoder(next.Name) || LayerNames.SaysPlain(next.Name))
                    transposed = plain;
                bool fitsPlain = plain > 0 && outputs % plain == 0, fitsTransposed = transposed > 0 && outputs % transposed == 0;
                if (fitsPlain && fitsTransposed && plain != transposed)
                    throw new TwoReadings($"'{next.Tensor}' behind {outputs} units may be a convolution or a transposed one: both fit, and its name leaves it open");
                return fitsTransposed ? (transposed, true) : fitsPlain ? (plain, true) : (outputs, false);
        }
    }

    [GeneratedRegex(@"(^|\.)weight_(g|v|orig|u)$|(^|\.)parametrizations\.")]
    private static partial Regex Reparametrized();

    [GeneratedRegex(@"^(.*?)(W|w|weight)(_?\d*)$")]
    private static partial Regex PlainName();

    private sealed record Group(string Name, int Weight, TensorLayout Tensor, bool IsNorm);

    /// <summary>Why a wiring is not known; it goes no further than this file.</summary>
    private sealed class TwoReadings(string message) : Exception(message);
}

/// <summary>The wiring of layouts whose architecture is one of this library's.</summary>
internal static class ArchitectureWiring
{
    /// <summary>The wiring; null where the layout names no such architecture, or its parameters are not that architecture's.</summary>
    public static Wiring? Find(WeightLayout layout)
    {
        if (layout.Architecture.Length == 0)
            return null;
        try
        {
            Architecture architecture = Architecture.Parse(layout.Architecture, out ImageShape? shape);
            return shape is { } known && architecture.GetNetwork(known) is { } network && network.Tensors.SequenceEqual(layout.Tensors.Where(tensor => !tensor.IsBuffer))
                ? Of(network)
                : null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The layers of a network, as they feed one another.</summary>
    public static Wiring Of(Network network) => new(network.Layers.Select(layer => new WiredLayer(
        layer.Name,
        layer.Kind switch
        {
            LayerKind.Linear => WiredLayerKind.Linear,
            LayerKind.Convolution => WiredLayerKind.Convolution,
            _ => WiredLayerKind.TransposedConvolution,
        },
        ReferenceEquals(layer, network.LogVariance))));
}
