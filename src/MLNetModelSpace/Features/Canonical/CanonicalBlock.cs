namespace MLNetModelSpace.Features;

/// <summary>A canonical form of a chain of layers: numbers that the network's symmetries leave as they are.</summary>
internal abstract class CanonicalBlock(WeightLayout layout, int directions, int seed) : FeatureBlock
{
    private string[]? _slots;

    public sealed override IReadOnlyList<string> Slots => _slots ??= [.. NameSlots()];

    protected NetworkChain Chain { get; } = NetworkChain.Of(layout);

    protected int Directions => directions;

    protected int Seed => seed;

    public override void Write(BinaryWriter writer)
    {
        writer.Write(directions);
        writer.Write(seed);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static (int Directions, int Seed) ReadOptions(BinaryReader reader) =>
        (ModelContent.ReadCount(reader, "directions", 1, VectorizeWeightsEstimator.Options.MaxDirections), reader.ReadInt32());

    protected abstract IEnumerable<string> NameSlots();
}
