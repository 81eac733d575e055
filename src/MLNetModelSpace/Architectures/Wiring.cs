namespace MLNetModelSpace;

/// <summary>What a layer computes.</summary>
public enum WiredLayerKind
{
    /// <summary>W (outputs×inputs).</summary>
    Linear,

    /// <summary>W (outputs×inputs×kH×kW).</summary>
    Convolution,

    /// <summary>W (inputs×outputs×kH×kW).</summary>
    TransposedConvolution,

    /// <summary>Batch normalisation: scale and shift of each unit of the layer before it, by running statistics.</summary>
    Normalization,

    /// <summary>A linear layer whose first half of outputs is a mean and whose second half is the log-variance beside it.</summary>
    FusedHeads,
}

/// <summary>A layer of a wiring.</summary>
/// <param name="Name">What its tensors' names begin with, such as <c>encoder.0</c> of <c>encoder.0.weight</c>; or the weight tensor's whole name.</param>
/// <param name="Kind">What it computes.</param>
/// <param name="IsLogVariance">Whether it is a log-variance head: it reads what the layer before it in the list reads, and feeds nothing.</param>
public sealed record WiredLayer(string Name, WiredLayerKind Kind, bool IsLogVariance = false);

/// <summary>
/// How the tensors of a network are wired: which layer feeds which, and what each computes. Or why that is not known: features that need it then refuse
/// with that reason, and others go on. Immutable.
/// </summary>
/// <remarks>
/// As text: layers in order with <c>-&gt;</c> between; <c>mean | logvar</c> for two heads that read the same, the mean first; behind a name, where its shape does
/// not say it, a colon and one of <c>linear</c>, <c>conv</c>, <c>transposed</c>, <c>norm</c> and <c>fused</c>:
/// <c>conv1:conv -&gt; fc21 | fc22 -&gt; fc3 -&gt; up1:transposed</c>.
/// </remarks>
public sealed class Wiring : IEquatable<Wiring>
{
    private const string UnknownMark = "unknown: ";

    private static readonly Dictionary<string, WiredLayerKind> s_words = new(StringComparer.Ordinal)
    {
        ["linear"] = WiredLayerKind.Linear,
        ["conv"] = WiredLayerKind.Convolution,
        ["transposed"] = WiredLayerKind.TransposedConvolution,
        ["norm"] = WiredLayerKind.Normalization,
        ["fused"] = WiredLayerKind.FusedHeads,
    };

    /// <summary>Layers, each fed by the one before it.</summary>
    /// <param name="layers">From the input to the output; a log-variance head stands right behind its mean.</param>
    /// <exception cref="ArgumentException">There are none, a name is empty or occurs twice, or a log-variance head stands first.</exception>
    public Wiring(IEnumerable<WiredLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        Layers = [.. layers];
        if (Layers.Count == 0)
            throw new ArgumentException("A wiring has at least one layer.", nameof(layers));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Layers.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Layers[i].Name) || !names.Add(Layers[i].Name))
                throw new ArgumentException($"The layer name '{Layers[i].Name}' is empty or occurs twice.", nameof(layers));
            if (!Enum.IsDefined(Layers[i].Kind))
                throw new ArgumentException($"'{Layers[i].Kind}' is no kind of layer.", nameof(layers));
            if (Layers[i].IsLogVariance && (i == 0 || Layers[i - 1].IsLogVariance))
                throw new ArgumentException($"The log-variance head '{Layers[i].Name}' stands behind no mean.", nameof(layers));
        }
    }

    private Wiring(string reason)
    {
        Layers = [];
        Reason = reason;
    }

    /// <summary>The layers from the input to the output; none where the wiring is not known.</summary>
    public IReadOnlyList<WiredLayer> Layers { get; }

    /// <summary>Why the wiring is not known; null where it is.</summary>
    public string? Reason { get; }

    /// <summary>A wiring that is not known.</summary>
    /// <param name="reason">What features that need it say.</param>
    public static Wiring Unknown(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new Wiring(reason);
    }

    /// <summary>The layer that feeds a layer; null for the first.</summary>
    /// <param name="index">Of the layer.</param>
    public WiredLayer? InputOf(int index)
    {
        int before = (Layers[index].IsLogVariance ? index - 1 : index) - 1;
        return before < 0 ? null : Layers[Layers[before].IsLogVariance ? before - 1 : before];
    }

    /// <summary>Reads a wiring's text.</summary>
    /// <param name="text">As in the remarks on <see cref="Wiring"/>.</param>
    /// <param name="tensors">The tensors it is of: their shapes say the kind where the text does not.</param>
    /// <exception cref="FormatException">The text is malformed, or names a layer that is not there.</exception>
    public static Wiring Parse(string text, IEnumerable<TensorLayout> tensors)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tensors);
        if (text.StartsWith(UnknownMark, StringComparison.Ordinal))
            return new Wiring(text[UnknownMark.Length..]);
        TensorLayout[] all = [.. tensors];
        var layers = new List<WiredLayer>();
        foreach (string step in text.Split("->", StringSplitOptions.TrimEntries))
        {
            string[] heads = step.Split('|', StringSplitOptions.TrimEntries);
            if (heads.Length > 2)
                throw Malformed(text, $"'{step}' has {heads.Length} heads; expected a mean and a log-variance");
            for (int i = 0; i < heads.Length; i++)
                layers.Add(ParseLayer(text, heads[i], all, isLogVariance: i == 1));
        }

        try
        {
            return new Wiring(layers);
        }
        catch (ArgumentException error)
        {
            throw Malformed(text, error.Message);
        }
    }

    /// <inheritdoc/>
    public bool Equals(Wiring? other) => other is not null && Reason == other.Reason && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Wiring);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Layers.Count, Reason);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        if (Reason is not null)
            return UnknownMark + Reason;
        var text = new System.Text.StringBuilder();
        foreach (WiredLayer layer in Layers)
        {
            if (text.Length > 0)
                text.Append(layer.IsLogVariance ? " | " : " -> ");
            text.Append(layer.Name).Append(':').Append(s_words.First(word => word.Value == layer.Kind).Key);
        }

        return text.ToString();
    }

    private static WiredLayer ParseLayer(string text, string part, TensorLayout[] tensors, bool isLogVariance)
    {
        int colon = part.LastIndexOf(':');
        if (colon > 0 && s_words.TryGetValue(part[(colon + 1)..], out WiredLayerKind kind))
            return new WiredLayer(Named(part[..colon]), kind, isLogVariance);
        string name = Named(part);
        TensorLayout? weight = Array.Find(tensors, tensor => tensor.Name == $"{name}.weight") ?? Array.Find(tensors, tensor => tensor.Name == name);
        return new WiredLayer(name, weight?.Rank switch { 2 => WiredLayerKind.Linear, 4 => WiredLayerKind.Convolution, _ => WiredLayerKind.Normalization }, isLogVariance);

        string Named(string layer) => Array.Exists(tensors, tensor => tensor.Name == layer || tensor.Name.StartsWith(layer + ".", StringComparison.Ordinal))
            ? layer
            : throw Malformed(text, $"there is no layer '{layer}'; there are {string.Join(", ", tensors.Select(tensor => tensor.Name))}");
    }

    private static FormatException Malformed(string text, string what) => new($"'{text}' is no wiring: {what}. Expected such as 'conv1:conv -> fc21 | fc22 -> up1:transposed'.");
}
