using System.Text.Json;

namespace MLNetModelSpace;

/// <summary>
/// How a model's parameters lie in its flattened weight vector: names and shapes in <c>state_dict</c> order, and the
/// architecture they belong to. Immutable and thread-safe.
/// </summary>
public sealed class WeightLayout : IEquatable<WeightLayout>
{
    private readonly TensorLayout[] _tensors;
    private readonly int[] _offsets;

    /// <summary>Describes a weight vector.</summary>
    /// <param name="tensors">The tensors in order; at least one, names unique.</param>
    /// <param name="architecture">
    /// What the tensors belong to, such as <c>LinearAutoencoder(hidden=32)</c>; empty where it is not known. Vectorizations
    /// that rest on a network's symmetries need it.
    /// </param>
    /// <param name="wiring">
    /// How the tensors are wired; null where the architecture says it, or names and shapes do, by rules that features say the reason of where they leave it open.
    /// </param>
    /// <exception cref="ArgumentException">No tensors, a name that occurs twice, a parameter behind a buffer, or more elements than an <see cref="int"/> counts.</exception>
    public WeightLayout(IEnumerable<TensorLayout> tensors, string architecture = "", Wiring? wiring = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(architecture);
        _tensors = [.. tensors];
        if (_tensors.Length == 0)
            throw new ArgumentException("A layout needs at least one tensor.", nameof(tensors));
        _offsets = new int[_tensors.Length];
        var names = new HashSet<string>(StringComparer.Ordinal);
        long offset = 0;
        for (int i = 0; i < _tensors.Length; i++)
        {
            if (!names.Add(_tensors[i].Name))
                throw new ArgumentException($"The tensor name '{_tensors[i].Name}' occurs twice.", nameof(tensors));
            if (i > 0 && _tensors[i - 1].IsBuffer && !_tensors[i].IsBuffer)
                throw new ArgumentException($"The parameter '{_tensors[i].Name}' stands behind the buffer '{_tensors[i - 1].Name}'; buffers stand last.", nameof(tensors));
            _offsets[i] = (int)offset;
            offset += _tensors[i].Length;
            if (offset > int.MaxValue)
                throw new ArgumentException($"The tensors have more than {int.MaxValue} elements together.", nameof(tensors));
        }

        Length = (int)offset;
        int parameters = Array.FindIndex(_tensors, tensor => tensor.IsBuffer);
        ParameterCount = parameters < 0 ? Length : _offsets[parameters];
        Architecture = architecture;
        Wiring = wiring;
    }

    /// <summary>What the tensors belong to; empty where it is not known.</summary>
    public string Architecture { get; }

    /// <summary>How the tensors are wired, where that is stated; see <see cref="GetWiring"/>.</summary>
    public Wiring? Wiring { get; }

    /// <summary>The tensors: parameters in <c>state_dict</c> order, then buffers, where they are taken along.</summary>
    public IReadOnlyList<TensorLayout> Tensors => _tensors;

    /// <summary>Number of elements of all tensors together.</summary>
    public int Length { get; }

    /// <summary>Number of elements of the parameters, which come first; <see cref="Length"/> where there are no buffers.</summary>
    public int ParameterCount { get; }

    /// <summary>Which tensor feeds which: as stated, else as the architecture has it, else by names and shapes; or why that is not known.</summary>
    public Wiring GetWiring() => Wiring ?? ArchitectureWiring.Find(this) ?? WiringRules.Read(_tensors);

    /// <summary>The layout of the parameters alone, which come first.</summary>
    public WeightLayout WithoutBuffers() =>
        Array.Exists(_tensors, tensor => tensor.IsBuffer) ? new WeightLayout(_tensors.Where(tensor => !tensor.IsBuffer), Architecture, Wiring) : this;

    /// <summary>The same layout with a wiring that is stated.</summary>
    /// <param name="text">As <see cref="Wiring.Parse"/> reads it, such as <c>conv1 -&gt; fc21 | fc22 -&gt; up1:transposed</c>.</param>
    /// <exception cref="FormatException">The text is no wiring of these tensors.</exception>
    public WeightLayout WithWiring(string text) => new(_tensors, Architecture, Wiring.Parse(text, _tensors));

    /// <summary>Where tensor <paramref name="index"/> begins in the weight vector.</summary>
    public int OffsetOf(int index) => _offsets[index];

    /// <summary>The elements of tensor <paramref name="index"/> in a weight vector of this layout.</summary>
    /// <exception cref="ArgumentException">The vector's length is not <see cref="Length"/>.</exception>
    public ReadOnlySpan<float> Slice(ReadOnlySpan<float> weights, int index)
    {
        if (weights.Length != Length)
            throw new ArgumentException($"The weight vector has {weights.Length} values; its layout has {Length}.", nameof(weights));
        return weights.Slice(_offsets[index], _tensors[index].Length);
    }

    /// <summary>The index of the tensor of that name, or -1.</summary>
    public int IndexOf(string name) => Array.FindIndex(_tensors, tensor => tensor.Name == name);

    /// <summary>Writes the layout as JSON: <c>{"architecture":"…","tensors":[{"name":"…","shape":[…]},…]}</c>, with <c>"buffer":true</c> for buffers and <c>"wiring":"…"</c> where it is stated.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("architecture", Architecture);
            writer.WriteStartArray("tensors");
            foreach (TensorLayout tensor in _tensors)
            {
                writer.WriteStartObject();
                writer.WriteString("name", tensor.Name);
                writer.WriteStartArray("shape");
                foreach (int dimension in tensor.Shape)
                    writer.WriteNumberValue(dimension);
                writer.WriteEndArray();
                if (tensor.IsBuffer)
                    writer.WriteBoolean("buffer", true);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (Wiring is not null)
                writer.WriteString("wiring", Wiring.ToString());
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not such JSON.</exception>
    public static WeightLayout Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            var tensors = new List<TensorLayout>();
            foreach (JsonElement tensor in document.RootElement.GetProperty("tensors").EnumerateArray())
            {
                int[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt32())];
                bool buffer = tensor.TryGetProperty("buffer", out JsonElement said) && said.GetBoolean();
                tensors.Add(new TensorLayout(tensor.GetProperty("name").GetString()!, shape) { IsBuffer = buffer });
            }

            Wiring? wiring = document.RootElement.TryGetProperty("wiring", out JsonElement text) ? Wiring.Parse(text.GetString() ?? "", tensors) : null;
            return new WeightLayout(tensors, document.RootElement.GetProperty("architecture").GetString() ?? "", wiring);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new FormatException(
                $"A weight layout is JSON like {{\"architecture\":\"\",\"tensors\":[{{\"name\":\"encoder.weight\",\"shape\":[32,784]}}]}}: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public bool Equals(WeightLayout? other) =>
        other is not null && Architecture == other.Architecture && Equals(Wiring, other.Wiring) && _tensors.AsSpan().SequenceEqual(other._tensors);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WeightLayout);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Architecture, Length, _tensors.Length);

    /// <summary>The architecture and its tensors on one line.</summary>
    public override string ToString() => $"{(Architecture.Length == 0 ? "tensors" : Architecture)}: {string.Join(", ", (object[])_tensors)}";
}
