namespace MLNetModelSpace;

/// <summary>One parameter tensor inside a flattened weight vector.</summary>
public sealed class TensorLayout : IEquatable<TensorLayout>
{
    private readonly int[] _shape;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name in the <c>state_dict</c>, such as <c>encoder.weight</c>.</param>
    /// <param name="shape">Its dimensions; none for a scalar. Zero is allowed, negative is not.</param>
    /// <exception cref="ArgumentException">The name is empty, a dimension is negative, or the number of elements does not fit an <see cref="int"/>.</exception>
    public TensorLayout(string name, params ReadOnlySpan<int> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        long length = 1;
        foreach (int dimension in shape)
        {
            if (dimension < 0)
                throw new ArgumentException($"Tensor '{name}' has the negative dimension {dimension}.", nameof(shape));
            length *= dimension;
            if (length > int.MaxValue)
                throw new ArgumentException($"Tensor '{name}' has more than {int.MaxValue} elements.", nameof(shape));
        }

        Name = name;
        _shape = shape.ToArray();
        Length = (int)length;
    }

    /// <summary>The name in the <c>state_dict</c>.</summary>
    public string Name { get; }

    /// <summary>The dimensions, outermost first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>
    /// Whether it is a buffer, such as a running mean, rather than a parameter: it goes along with the weights, and no vectorization takes it for one. Default: false.
    /// </summary>
    public bool IsBuffer { get; init; }

    /// <summary>Number of dimensions.</summary>
    public int Rank => _shape.Length;

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>
    /// The tensor as a matrix: the first dimension by the product of the others, so a kernel is
    /// out_channels × (in_channels·kH·kW). A scalar is 1×1 and a vector n×1.
    /// </summary>
    public (int Rows, int Columns) AsMatrix =>
        Rank == 0 ? (1, 1) : (_shape[0], _shape[0] == 0 ? 0 : Length / _shape[0]);

    /// <inheritdoc/>
    public bool Equals(TensorLayout? other) => other is not null && Name == other.Name && IsBuffer == other.IsBuffer && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorLayout);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Name);
        foreach (int dimension in _shape)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary>The name with its shape, such as <c>encoder.weight [32×784]</c>.</summary>
    public override string ToString() => $"{Name} [{string.Join('×', _shape)}]";
}
