using System.Text.RegularExpressions;

namespace MLNetModelSpace.Storage;

/// <summary>
/// The layout of a file's tensors in one order, whatever order and names the file has: that of the architecture, where it is stated and names or structure agree;
/// else that of the network, where the rules of <see cref="WiringRules"/> find one; else the file's, or, of files that are sorted by name, by name with numbers as
/// numbers, the encoder before the decoder.
/// </summary>
/// <remarks>
/// Before names are looked at, <c>module.</c>, <c>_orig_mod.</c> and what else stands before all of them is taken away. Orders that a sorted file may have had are
/// tried in turn (numbers as numbers and encoder first, the file's own, then a search for the only order in which shapes follow one another), and the first of
/// which the wiring is known is taken.
/// </remarks>
internal sealed partial class CanonicalLayout
{
    /// <summary>Tensors of the search for the order of a network, beyond which it is not made.</summary>
    private const int MaxSearched = 32;

    private readonly TensorFile _file;
    private readonly ModelReaderOptions _options;
    private readonly List<Entry> _parameters = [];
    private readonly List<Entry> _buffers = [];
    private readonly Dictionary<string, string> _moduleTypes = new(StringComparer.Ordinal);
    private string? _reason;

    public CanonicalLayout(TensorFile file, ModelReaderOptions options)
    {
        _file = file;
        _options = options;
        Sort();
        string architecture = file.Metadata.GetValueOrDefault(ZooMetadata.Architecture, "");
        List<Entry> ordered;
        Wiring? wiring = null;
        if (options.Architecture is { } asked)
            (ordered, architecture) = FitArchitecture(asked);
        else if (Known(architecture) is { } known && ByNames(known) is { } named)
            ordered = named;
        else
            (ordered, wiring) = Order();

        var tensors = new List<TensorLayout>();
        try
        {
            foreach (Entry entry in ordered)
                tensors.Add(new TensorLayout(entry.Name, entry.Shape));
            foreach (Entry entry in _buffers)
                tensors.Add(new TensorLayout(entry.Name, entry.Shape) { IsBuffer = options.Buffers != BufferHandling.AsWeights });
            Layout = new WeightLayout(tensors, architecture);
            if (wiring is not null && !wiring.Equals(Layout.GetWiring()))
                Layout = new WeightLayout(tensors, architecture, wiring);
        }
        catch (ArgumentException error)
        {
            throw Wrong($"its tensors are no weight vector: {error.Message}", error);
        }

        Entry[] all = [.. ordered, .. _buffers];
        Sources = [.. all.Select(entry => entry.Source)];
        Renames = [.. all.Where(entry => entry.Name != entry.FileName).Select(entry => new KeyValuePair<string, string>(entry.Name, entry.FileName))];
    }

    /// <summary>Whether a tensor's name is that of a buffer.</summary>
    public static bool IsBufferName(string name) => Buffer().IsMatch(name);

    public WeightLayout Layout { get; }

    /// <summary>The file's tensor for each of the layout's.</summary>
    public int[] Sources { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Renames { get; }

    public int TensorCount { get; private set; }

    public long ParameterCount { get; private set; }

    public long BufferCount { get; private set; }

    /// <summary>Takes parameters and buffers apart, and refuses what would be dropped in silence.</summary>
    private void Sort()
    {
        Entry[] entries = [.. _file.Tensors.Select((tensor, i) => new Entry(tensor, tensor.Name, i)), .. Aliases()];
        StripPrefixes(entries);
        HashSet<string> names = [.. entries.Select(entry => entry.Name)];
        foreach (Entry entry in entries)
        {
            if (entry.Name.Length == 0)
                throw Wrong($"a tensor [{string.Join('×', entry.Shape)}] has no name");
            bool isBuffer = entry.Tensor.IsParameter == false || (entry.Tensor.IsParameter is null && (Buffer().IsMatch(entry.Name) || !entry.Tensor.IsFloatingPoint));
            TensorCount++;
            if (isBuffer)
                BufferCount += entry.Tensor.Length;
            else
                ParameterCount += entry.Tensor.Length;
            if (entry.Tensor.ModuleType is { } type && entry.Name.LastIndexOf('.') is > 0 and int dot)
                _moduleTypes[entry.Name[..dot]] = type;
            if (_options.Include is not null)
            {
                if (_options.Include(entry.Tensor))
                    _parameters.Add(entry);
                continue;
            }

            if (isBuffer && entry.Tensor.IsParameter is null && !entry.Tensor.IsFloatingPoint && entry.Tensor.DataType != "BOOL"
                && (entry.Tensor.Shape.Length >= 2 || names.Contains(entry.Name + "_scale") || names.Contains(entry.Name + ".scale")))
            {
                throw Wrong($"tensor '{entry.Tensor}' holds integers, as quantised weights are kept; they are not read as weights. Save the model in floating-point numbers, or say by Include which tensors are meant");
            }

            if (!isBuffer)
                _parameters.Add(entry);
            else if (_options.Buffers != BufferHandling.Skip && entry.Tensor.Fault is null)
                _buffers.Add(entry);
        }

        if (_parameters.Count == 0)
            throw Wrong($"it holds no weights among its {_file.Tensors.Count} tensors");
        if (_parameters.Concat(_buffers).FirstOrDefault(entry => entry.Tensor.Fault is not null) is { } unreadable)
            throw Wrong($"tensor '{unreadable.FileName}' {unreadable.Tensor.Fault}");
        if (_parameters.Concat(_buffers).FirstOrDefault(entry => entry.Tensor.Length > int.MaxValue || entry.Tensor.Shape.IndexOfAnyExceptInRange(0, int.MaxValue) >= 0) is { } large)
            throw Wrong($"its tensors are no weight vector: '{large.Tensor}' has more than {int.MaxValue} elements");
        if (_file.Metadata.TryGetValue("format", out string? format) && format is "flax" or "tf" or "mlx")
            _reason = $"its metadata says the format '{format}', whose weights lie otherwise than PyTorch's";
        foreach (Entry statistic in entries.Where(entry => entry.Name.EndsWith(".running_var", StringComparison.Ordinal)))
        {
            if (!names.Contains(statistic.Name[..^"running_var".Length] + "weight"))
                _reason ??= $"'{statistic.Name}' belongs to a normalisation without a scale, whose place is not known";
        }
    }

    /// <summary>Tensors that are others by another name: safetensors keeps shared ones once, and says in the metadata which name means which.</summary>
    private IEnumerable<Entry> Aliases()
    {
        foreach ((string name, string target) in _file.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            int source = -1;
            for (int i = 0; i < _file.Tensors.Count && _file.Tensors.All(tensor => tensor.Name != name); i++)
            {
                if (_file.Tensors[i].Name == target)
                    source = i;
            }

            if (source >= 0)
                yield return new Entry(_file.Tensors[source], name, source);
        }
    }

    private static void StripPrefixes(Entry[] entries)
    {
        while (entries.Length > 0)
        {
            int dot = entries[0].Name.IndexOf('.');
            if (dot <= 0)
                return;
            string prefix = entries[0].Name[..(dot + 1)];
            bool wrapper = prefix is "module." or "_orig_mod.";
            if (!entries.All(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal) && entry.Name.Length > prefix.Length))
                return;
            // What is left has to name layers still: 'fc.weight' and 'fc.bias' stay as they are.
            if (!wrapper && (entries.Any(entry => entry.Name.IndexOf('.', dot + 1) < 0) || LayerNames.SaysEncoder(prefix) || LayerNames.SaysDecoder(prefix) || char.IsAsciiDigit(prefix[0])))
                return;
            foreach (Entry entry in entries)
                entry.Name = entry.Name[prefix.Length..];
        }
    }

    private static Network? NetworkOf(Architecture architecture, ImageShape shape)
    {
        try
        {
            return architecture.GetNetwork(shape);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The tensors that an architecture in the metadata has; null where it is none of this library's.</summary>
    private static WeightLayout? Known(string text)
    {
        if (text.Length == 0)
            return null;
        try
        {
            Architecture architecture = Architecture.Parse(text, out ImageShape? shape);
            return shape is { } known ? architecture.GetLayout(known) : null;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The parameters in the order of a layout with the same names and shapes; null where they are others.</summary>
    private List<Entry>? ByNames(WeightLayout layout)
    {
        if (layout.Tensors.Count != _parameters.Count)
            return null;
        Dictionary<string, Entry> named = _parameters.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        var ordered = new List<Entry>();
        foreach (TensorLayout tensor in layout.Tensors)
        {
            if (!named.TryGetValue(tensor.Name, out Entry? entry) || !tensor.Shape.SequenceEqual(entry.Shape))
                return null;
            ordered.Add(entry);
        }

        return ordered;
    }

    /// <summary>The parameters as those of the architecture that was asked for: by names, else by the order of layers and their shapes.</summary>
    private (List<Entry> Ordered, string Architecture) FitArchitecture(Architecture architecture)
    {
        ImageShape shape = _options.ImageShape!.Value;
        WeightLayout layout;
        try
        {
            layout = architecture.GetLayout(shape);
        }
        catch (ArgumentException error)
        {
            throw Wrong($"{architecture} is not for images of {shape}: {error.Message}", error);
        }

        if (ByNames(layout) is { } named)
            return (named, layout.Architecture);
        (List<Entry> ordered, Wiring? wiring) = Order();
        Wiring? target = NetworkOf(architecture, shape) is { } network ? ArchitectureWiring.Of(network) : null;
        if (target is not null && wiring is { Reason: null })
            ordered = InOrder(ordered, wiring);
        // Kernels that could be read both ways are what the architecture says: shapes have to agree, tensor by tensor.
        bool fits = ordered.Count == layout.Tensors.Count && ordered.Zip(layout.Tensors).All(pair => pair.Second.Shape.SequenceEqual(pair.First.Shape));
        if (!fits)
        {
            string found = string.Join(", ", ordered.Select(entry => $"{entry.FileName} [{string.Join('×', entry.Shape)}]"));
            throw Wrong($"it is not {layout.Architecture}: it has {found}; expected {string.Join(", ", (object[])[.. layout.Tensors])}");
        }

        for (int i = 0; i < ordered.Count; i++)
            ordered[i].Name = layout.Tensors[i].Name;
        return (ordered, layout.Architecture);
    }

    /// <summary>The parameters in the order of the network, with its wiring and, where that is asked for and known, under this library's names.</summary>
    private (List<Entry> Ordered, Wiring? Wiring) Order()
    {
        if (_options.Wiring is { } stated)
        {
            Wiring wiring;
            try
            {
                wiring = Wiring.Parse(stated, LayoutsOf(_parameters));
            }
            catch (FormatException error)
            {
                throw Wrong(error.Message, error);
            }

            return Named(wiring.Reason is null ? InOrder(_parameters, wiring) : _parameters, wiring);
        }

        List<Entry> first = _file.KeepsOrder ? _parameters : ByName(natural: true);
        if (_reason is not null)
            return (first, Wiring.Unknown(_reason));
        foreach (List<Entry> order in Orders())
        {
            TensorLayout[] tensors = [.. LayoutsOf(order).Concat(LayoutsOf(_buffers).Select(tensor => new TensorLayout(tensor.Name, tensor.Shape) { IsBuffer = true }))];
            Wiring wiring = WiringRules.Read(tensors, layer => _moduleTypes.GetValueOrDefault(layer));
            if (wiring.Reason is null && Follows(tensors, wiring))
                return Named(InOrder(order, wiring), wiring);
        }

        string? reason = WiringRules.Read([.. LayoutsOf(first)], layer => _moduleTypes.GetValueOrDefault(layer)).Reason;
        return (first, reason is null ? null : Wiring.Unknown(reason));
    }

    /// <summary>Whether the layers of a wiring really follow one another, of two or more layers; one layer has nothing to follow.</summary>
    private bool Follows(TensorLayout[] tensors, Wiring wiring) =>
        wiring.Layers.Count(layer => layer.Kind != WiredLayerKind.Normalization) >= 2 && tensors.Length > 0;

    private IEnumerable<List<Entry>> Orders()
    {
        if (_file.KeepsOrder)
        {
            yield return _parameters;
            yield break;
        }

        yield return ByName(natural: true);
        yield return ByName(natural: false);
        if (ByShape() is { } found)
            yield return found;
    }

    private static IEnumerable<TensorLayout> LayoutsOf(IEnumerable<Entry> entries) => entries.Select(entry => new TensorLayout(entry.Name, entry.Shape));

    /// <summary>By layer, and in a layer the weight before the bias.</summary>
    private List<Entry> ByName(bool natural)
    {
        static (string Layer, int Place) Key(Entry entry)
        {
            int dot = entry.Name.LastIndexOf('.');
            string last = entry.Name[(dot + 1)..];
            return dot < 0 ? (Plain().Replace(last, "$2"), last[0] is 'W' or 'w' ? 0 : 1) : (entry.Name[..dot], last == "weight" ? 0 : last == "bias" ? 1 : 2);
        }

        var ordered = new List<Entry>(_parameters);
        ordered.Sort((one, other) =>
        {
            (string layer, int place) = Key(one);
            (string layer2, int place2) = Key(other);
            int order = natural ? LayerNames.Rank(layer) - LayerNames.Rank(layer2) : 0;
            if (order == 0)
                order = natural ? LayerNames.CompareNatural(layer, layer2) : string.CompareOrdinal(layer, layer2);
            return order != 0 ? order : place != place2 ? place - place2 : string.CompareOrdinal(one.Name, other.Name);
        });
        return ordered;
    }

    /// <summary>The one order in which the shapes of linear layers and kernels follow one another from end to end; null where there is none, or several.</summary>
    private List<Entry>? ByShape()
    {
        List<Entry> natural = ByName(natural: true);
        Entry[] weights = [.. natural.Where(entry => entry.Shape.Length >= 2)];
        if (weights.Length is < 2 or > MaxSearched || natural.Any(entry => entry.Shape.Length < 2 && !entry.Name.EndsWith("bias", StringComparison.Ordinal)))
            return null;
        var found = new List<Entry[]>();
        var path = new List<Entry>();
        int steps = 0;
        Search(null);
        if (found.Count != 1)
            return null;
        return [.. found[0].SelectMany(weight => natural.Where(entry => entry == weight || entry.Name == weight.Name.Replace(".weight", ".bias", StringComparison.Ordinal)))];

        void Search(int? before)
        {
            if (found.Count > 1 || ++steps > 20_000)
                return;
            if (path.Count == weights.Length)
            {
                found.Add([.. path]);
                return;
            }

            foreach (Entry next in weights)
            {
                // Two of a shape: the one whose name comes first stands first.
                if (path.Contains(next) || Array.Exists(weights, other => !path.Contains(other) && Array.IndexOf(weights, other) < Array.IndexOf(weights, next) && other.Shape.AsSpan().SequenceEqual(next.Shape)))
                    continue;
                int[] shape = next.Shape;
                bool heads = path.Count > 0 && path[^1].Shape.AsSpan().SequenceEqual(shape);
                foreach ((int reads, int gives) in shape.Length == 4 && shape[0] != shape[1] ? new[] { (shape[1], shape[0]), (shape[0], shape[1]) } : [(shape[1], shape[0])])
                {
                    bool follows = before is null || reads == before || (shape.Length == 2 && path[^1].Shape.Length == 4 && reads % before == 0)
                        || (shape.Length == 4 && path[^1].Shape.Length == 2 && before % reads == 0);
                    if (!follows && !heads)
                        continue;
                    path.Add(next);
                    Search(gives);
                    path.RemoveAt(path.Count - 1);
                    if (before is null && shape.Length == 4)
                        break;
                }
            }
        }
    }

    /// <summary>The tensors layer by layer as the wiring has them, then what belongs to no layer.</summary>
    private static List<Entry> InOrder(List<Entry> entries, Wiring wiring)
    {
        TensorLayout[] tensors = [.. LayoutsOf(entries)];
        var ordered = new List<Entry>();
        foreach (WiredLayer layer in wiring.Layers)
        {
            foreach (int index in (int[])[WiringRules.WeightOf(tensors, layer.Name), WiringRules.BiasOf(tensors, layer.Name)])
            {
                if (index >= 0)
                    ordered.Add(entries[index]);
            }
        }

        ordered.AddRange(entries.Where(entry => !ordered.Contains(entry)));
        return ordered;
    }

    /// <summary>Gives the layers the names that this library's architectures have: encoder, heads, decoder.</summary>
    private (List<Entry> Ordered, Wiring Wiring) Named(List<Entry> ordered, Wiring wiring)
    {
        if (!_options.Rename || wiring.Reason is not null)
            return (ordered, wiring);
        TensorLayout[] tensors = [.. LayoutsOf(ordered)];
        string[] names = CanonicalNames.Of(wiring, tensors);
        var renamed = new Dictionary<Entry, string>();
        for (int i = 0; i < wiring.Layers.Count; i++)
        {
            string layer = wiring.Layers[i].Name;
            int weight = WiringRules.WeightOf(tensors, layer), bias = WiringRules.BiasOf(tensors, layer);
            if (weight >= 0)
                renamed[ordered[weight]] = $"{names[i]}.weight";
            if (bias >= 0)
                renamed[ordered[bias]] = $"{names[i]}.bias";
            foreach (Entry buffer in _buffers.Where(buffer => buffer.Name.StartsWith(layer + ".", StringComparison.Ordinal)))
                renamed[buffer] = $"{names[i]}{buffer.Name[layer.Length..]}";
        }

        // A slope of an activation keeps its name, unless that is taken now.
        if (renamed.Values.Concat(ordered.Concat(_buffers).Where(entry => !renamed.ContainsKey(entry)).Select(entry => entry.Name)).GroupBy(name => name).Any(group => group.Count() > 1))
            return (ordered, wiring);
        foreach ((Entry entry, string name) in renamed)
            entry.Name = name;
        return (ordered, new Wiring(wiring.Layers.Select((layer, i) => layer with { Name = names[i] })));
    }

    private InvalidDataException Wrong(string what, Exception? inner = null) => ModelReader.Malformed(_file.Path, _file.Format, what, inner);

    [GeneratedRegex(@"(^|\.)(running_mean|running_var|num_batches_tracked|position_ids)$")]
    private static partial Regex Buffer();

    [GeneratedRegex(@"^([A-Za-z]+?)(_?\d*)$")]
    private static partial Regex Plain();

    /// <summary>A tensor of the file under the name that it will have.</summary>
    private sealed class Entry(StoredTensor tensor, string fileName, int source)
    {
        public StoredTensor Tensor { get; } = tensor;

        public string FileName { get; } = fileName;

        public int Source { get; } = source;

        public string Name { get; set; } = fileName;

        public int[] Shape { get; } = Array.ConvertAll(tensor.Shape.ToArray(), dimension => (int)Math.Min(dimension, int.MaxValue));
    }
}
