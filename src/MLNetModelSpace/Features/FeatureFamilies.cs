namespace MLNetModelSpace.Features;

/// <summary>The families of features that weights alone give: a row each, in the order of their slots. A new family is a flag and a row.</summary>
internal static class FeatureFamilies
{
    /// <summary>Most numbers a vectorization may have; beyond it a model file is damaged, and options ask for too much.</summary>
    private const int MaxSlots = 1 << 24;

    private static readonly FeatureFamily[] s_families =
    [
        FeatureFamily.ByTensor(
            WeightFeatures.SingularValues, _ => new SingularValueFeatures(), (_, _) => new SingularValueFeatures(),
            new((_, _) => SingularValueFeatures.Pooled, _ => SingularValueFeatures.Pooled)),
        new(
            WeightFeatures.Histogram,
            (layout, tensors, options) => HistogramLearner.Start(layout, tensors, options.Histogram),
            (reader, layout, tensors) => new LayerBlock(layout, tensors, HistogramFeatures.Read(reader, tensors.Length)),
            new((options, learnRange) => HistogramFeatures.ForAll(options.Histogram, learnRange), reader => HistogramFeatures.Read(reader, 1))),
        FeatureFamily.ByTensor(
            WeightFeatures.LayerStatistics, options => new LayerStatisticsFeatures(options.LayerStatistics.TailQuantiles), (reader, _) => LayerStatisticsFeatures.Read(reader)),
        FeatureFamily.ByTensor(
            WeightFeatures.SpectralShape,
            options => new SpectralShapeFeatures(options.SpectralShape.FewestEigenvalues, options.SpectralShape.FitBulk),
            (reader, _) => SpectralShapeFeatures.Read(reader)),
        FeatureFamily.Canonical(WeightFeatures.ComposedMap, (layout, directions, seed) => new ComposedMapBlock(layout, directions, seed)),
        FeatureFamily.Canonical(WeightFeatures.UnitGram, (layout, directions, seed) => new UnitGramBlock(layout, directions, seed)),
        FeatureFamily.Canonical(WeightFeatures.SortedUnits, (layout, directions, seed) => new SortedUnitsBlock(layout, directions, seed)),
        FeatureFamily.Canonical(WeightFeatures.SingularVectors, (layout, directions, seed) => new SingularVectorsBlock(layout, directions, seed)),
        new(WeightFeatures.RawWeights, (layout, _, options) => new RawWeightsLearner(layout.WithoutBuffers(), options), (reader, layout, _) => RawWeightsBlock.Read(reader, layout.WithoutBuffers())),
        new(
            WeightFeatures.ComposedCosines,
            (layout, _, options) => new FittedLearner(new ComposedCosinesBlock(layout, options.Canonical.Cosines)),
            (reader, layout, _) => ComposedCosinesBlock.Read(reader, layout)),
    ];

    /// <summary>All families.</summary>
    public static WeightFeatures All { get; } = s_families.Aggregate(WeightFeatures.None, (all, family) => all | family.Flag);

    /// <summary>The families that can be pooled over layers: those that go tensor by tensor.</summary>
    public static WeightFeatures Poolable { get; } =
        s_families.Where(family => family.Pooled is not null).Aggregate(WeightFeatures.None, (all, family) => all | family.Flag);

    /// <summary>The tensors that take part in families that go tensor by tensor: those with elements, biases only where wanted.</summary>
    public static int[] SelectTensors(WeightLayout layout, bool includeBiases) =>
        [.. Enumerable.Range(0, layout.Tensors.Count).Where(i => layout.Tensors[i].Length > 0 && !layout.Tensors[i].IsBuffer && (includeBiases || layout.Tensors[i].Rank >= 2))];

    /// <summary>The families that are asked for, in the order of their slots.</summary>
    public static IEnumerable<FeatureFamily> Of(WeightFeatures features) => s_families.Where(family => features.HasFlag(family.Flag));

    /// <summary>Writes a vectorization with its kind.</summary>
    public static void Write(BinaryWriter writer, Vectorization vectorization)
    {
        writer.Write(vectorization is PooledVectorization);
        vectorization.Write(writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static Vectorization Read(BinaryReader reader)
    {
        if (reader.ReadBoolean())
        {
            bool pooledBiases = reader.ReadBoolean();
            return Checked(new PooledVectorization(pooledBiases, ReadEach(reader, family => family.Pooled?.Read(reader))));
        }

        WeightLayout layout = WeightLayout.Parse(ModelContent.ReadText(reader, "layout"));
        bool includeBiases = reader.ReadBoolean();
        int[] tensors = SelectTensors(layout, includeBiases);
        return Checked(new LayoutVectorization(layout, includeBiases, ReadEach(reader, family => family.Read(reader, layout, tensors))));
    }

    /// <summary>Refuses a vectorization without numbers, or with more than can be meant.</summary>
    public static T Checked<T>(T vectorization)
        where T : Vectorization
    {
        if (vectorization.Slots.Count is 0 or > MaxSlots)
            throw new InvalidDataException($"There are {vectorization.Slots.Count} features; expected 1 to {MaxSlots}.");
        return vectorization;
    }

    private static T[] ReadEach<T>(BinaryReader reader, Func<FeatureFamily, T?> read)
        where T : class
    {
        var families = new T[ModelContent.ReadCount(reader, "number of families", 1, s_families.Length)];
        for (int i = 0; i < families.Length; i++)
        {
            int mark = reader.ReadInt32();
            families[i] = Array.Find(s_families, family => (int)family.Flag == mark) is { } known && read(known) is { } content
                ? content
                : throw new InvalidDataException($"There is no family of features with the mark {mark}.");
        }

        return families;
    }
}

/// <summary>A family of features: its flag, how <c>Fit</c> begins it, and how it is read from a model file.</summary>
/// <param name="Flag">Also its mark in a model file.</param>
/// <param name="Start">Begins it for models of one layout; the numbers are the tensors that take part.</param>
/// <param name="Read">Reads what its block wrote.</param>
/// <param name="Pooled">How it is pooled over the layers of any layout; null where it cannot be.</param>
internal sealed record FeatureFamily(
    WeightFeatures Flag,
    Func<WeightLayout, int[], VectorizeWeightsEstimator.Options, FeatureLearner> Start,
    Func<BinaryReader, WeightLayout, int[], FeatureBlock> Read,
    FeatureFamily.Pool? Pooled = null)
{
    /// <summary>A family that goes tensor by tensor and has nothing to learn.</summary>
    public static FeatureFamily ByTensor(
        WeightFeatures flag, Func<VectorizeWeightsEstimator.Options, LayerFeatures> create, Func<BinaryReader, int, LayerFeatures> read, Pool? pooled = null) =>
        new(
            flag,
            (layout, tensors, options) => new FittedLearner(new LayerBlock(layout, tensors, create(options))),
            (reader, layout, tensors) => new LayerBlock(layout, tensors, read(reader, tensors.Length)),
            pooled ?? new Pool((options, _) => create(options), reader => read(reader, 1)));

    /// <summary>A form that a network's symmetries leave as it is.</summary>
    public static FeatureFamily Canonical(WeightFeatures flag, Func<WeightLayout, int, int, CanonicalBlock> create) =>
        new(
            flag,
            (layout, _, options) => new FittedLearner(create(layout, options.Canonical.Directions, options.SeedOrZero)),
            (reader, layout, _) =>
            {
                (int directions, int seed) = CanonicalBlock.ReadOptions(reader);
                return create(layout, directions, seed);
            });

    /// <summary>A family that is pooled over layers.</summary>
    /// <param name="Fit">Makes it; the function given learns the least and the largest weight of all training models, in a pass over them.</param>
    /// <param name="Read">Reads what it wrote.</param>
    internal sealed record Pool(Func<VectorizeWeightsEstimator.Options, Func<(float Low, float High)>, LayerFeatures> Fit, Func<BinaryReader, LayerFeatures> Read);
}
