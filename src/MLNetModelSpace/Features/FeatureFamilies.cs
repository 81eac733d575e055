namespace MLNetModelSpace.Features;

/// <summary>The families by their flags: how each is started at <c>Fit</c> and read from a model file.</summary>
internal static class FeatureFamilies
{
    /// <summary>Most numbers a vectorization may have; beyond it a model file is damaged, and options ask for too much.</summary>
    private const int MaxSlots = 1 << 24;

    private const int MaxBlocks = 32;

    private static readonly WeightFeatures[] s_canonical =
        [WeightFeatures.ComposedMap, WeightFeatures.UnitGram, WeightFeatures.SortedUnits, WeightFeatures.SingularVectors];

    /// <summary>The tensors that take part in families that go tensor by tensor: those with elements, biases only where wanted.</summary>
    public static int[] SelectTensors(WeightLayout layout, bool includeBiases) =>
        [.. Enumerable.Range(0, layout.Tensors.Count).Where(i => layout.Tensors[i].Length > 0 && (includeBiases || layout.Tensors[i].Rank >= 2))];

    /// <summary>Starts the families that the options ask for, for models of one layout.</summary>
    public static IReadOnlyList<FeatureLearner> Start(WeightLayout layout, VectorizeWeightsEstimator.Options options)
    {
        int[] tensors = SelectTensors(layout, options.IncludeBiases);
        var learners = new List<FeatureLearner>();
        if (options.Features.HasFlag(WeightFeatures.SingularValues))
            learners.Add(new FittedBlock(new LayerBlock(layout, tensors, new SingularValueFeatures())));
        if (options.Features.HasFlag(WeightFeatures.Histogram))
            learners.Add(StartHistogram(layout, tensors, options));
        if (options.Features.HasFlag(WeightFeatures.LayerStatistics))
            learners.Add(new FittedBlock(new LayerBlock(layout, tensors, new LayerStatisticsFeatures(options.TailQuantiles))));
        if (options.Features.HasFlag(WeightFeatures.SpectralShape))
            learners.Add(new FittedBlock(new LayerBlock(layout, tensors, new SpectralShapeFeatures(options.FewestEigenvalues, options.FitBulk))));
        foreach (WeightFeatures family in s_canonical)
        {
            if (options.Features.HasFlag(family))
                learners.Add(new FittedBlock(CreateCanonical(family, layout, options.Directions, options.Seed)));
        }

        if (options.Features.HasFlag(WeightFeatures.RawWeights))
            learners.Add(new RawWeightsLearner(layout, options));
        if (options.Features.HasFlag(WeightFeatures.ComposedCosines))
            learners.Add(new FittedBlock(new ComposedCosinesBlock(layout, options.Cosines)));
        return learners;
    }

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
            return Checked(PooledFamilies.Read(reader));
        WeightLayout layout = WeightLayout.Parse(ModelContent.ReadText(reader, "layout"));
        bool includeBiases = reader.ReadBoolean();
        int[] tensors = SelectTensors(layout, includeBiases);
        int count = ModelContent.ReadCount(reader, "number of families", 1, MaxBlocks);
        var blocks = new FeatureBlock[count];
        for (int i = 0; i < count; i++)
            blocks[i] = ReadBlock(reader, layout, tensors);
        return Checked(new LayoutVectorization(layout, includeBiases, blocks));
    }

    /// <summary>Refuses a vectorization without numbers, or with more than can be meant.</summary>
    public static T Checked<T>(T vectorization)
        where T : Vectorization
    {
        if (vectorization.Slots.Count is 0 or > MaxSlots)
            throw new InvalidDataException($"There are {vectorization.Slots.Count} features; expected 1 to {MaxSlots}.");
        return vectorization;
    }

    private static FeatureBlock ReadBlock(BinaryReader reader, WeightLayout layout, int[] tensors)
    {
        int mark = reader.ReadInt32();
        return (WeightFeatures)mark switch
        {
            WeightFeatures.SingularValues => new LayerBlock(layout, tensors, new SingularValueFeatures()),
            WeightFeatures.Histogram => new LayerBlock(layout, tensors, HistogramFeatures.Read(reader, tensors.Length)),
            WeightFeatures.LayerStatistics => new LayerBlock(layout, tensors, LayerStatisticsFeatures.Read(reader)),
            WeightFeatures.SpectralShape => new LayerBlock(layout, tensors, SpectralShapeFeatures.Read(reader)),
            WeightFeatures.ComposedMap or WeightFeatures.UnitGram or WeightFeatures.SortedUnits or WeightFeatures.SingularVectors =>
                ReadCanonical(reader, (WeightFeatures)mark, layout),
            WeightFeatures.RawWeights => RawWeightsBlock.Read(reader, layout),
            WeightFeatures.ComposedCosines => ComposedCosinesBlock.Read(reader, layout),
            _ => throw new InvalidDataException($"There is no family of features with the mark {mark}."),
        };
    }

    private static CanonicalBlock CreateCanonical(WeightFeatures family, WeightLayout layout, int directions, int seed) => family switch
    {
        WeightFeatures.ComposedMap => new ComposedMapBlock(layout, directions, seed),
        WeightFeatures.UnitGram => new UnitGramBlock(layout, directions, seed),
        WeightFeatures.SortedUnits => new SortedUnitsBlock(layout, directions, seed),
        _ => new SingularVectorsBlock(layout, directions, seed),
    };

    private static CanonicalBlock ReadCanonical(BinaryReader reader, WeightFeatures family, WeightLayout layout)
    {
        (int directions, int seed) = CanonicalBlock.ReadOptions(reader);
        return CreateCanonical(family, layout, directions, seed);
    }

    private static FeatureLearner StartHistogram(WeightLayout layout, int[] tensors, VectorizeWeightsEstimator.Options options)
    {
        if (options.HistogramMinimum is not { } low || options.HistogramMaximum is not { } high)
            return new HistogramLearner(layout, tensors, options.HistogramBins);
        float[] minimum = new float[tensors.Length], maximum = new float[tensors.Length];
        Array.Fill(minimum, low);
        Array.Fill(maximum, high);
        return new FittedBlock(new LayerBlock(layout, tensors, new HistogramFeatures(options.HistogramBins, minimum, maximum)));
    }
}
