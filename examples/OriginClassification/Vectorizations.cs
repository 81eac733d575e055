using Microsoft.ML;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The vectorizations the command line names.</summary>
internal static class Vectorizations
{
    /// <summary>The kind of what runs the models; it serves those of any layout.</summary>
    public const string Functional = "functional";

    /// <summary>Reference images of each class that models are asked to reconstruct; of the training half only.</summary>
    private const int ReferencesPerClass = 8;

    /// <summary>Reference images of each class that gradients are a mean over: the more, the nearer to the class's own.</summary>
    private const int GradientReferencesPerClass = 100;

    /// <summary>Of random directions and probes: the same in every run, so that seeds of runs vary zoos alone.</summary>
    private const long DirectionsSeed = 0;

    private static readonly Vectorization[] s_paper =
    [
        Weights("singular-values", WeightFeatures.SingularValues),
        Weights("histogram", WeightFeatures.Histogram) with { Learns = true },
        Weights("singular-values+histogram", WeightFeatures.SingularValues | WeightFeatures.Histogram) with { Learns = true },
    ];

    private static readonly Vectorization[] s_all =
    [
        .. s_paper,
        Weights("layer-statistics", WeightFeatures.LayerStatistics),
        Weights("spectral-shape", WeightFeatures.SpectralShape),
        Weights("composed-map", WeightFeatures.ComposedMap),
        Weights("composed-cosines", WeightFeatures.ComposedCosines),
        Weights("unit-gram", WeightFeatures.UnitGram),
        Weights("sorted-units", WeightFeatures.SortedUnits),
        Weights("singular-vectors", WeightFeatures.SingularVectors),
        Weights("raw", WeightFeatures.RawWeights) with { Learns = true },
        new("probes", Functional, (ml, plan) => ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = ZooColumns.Features,
            Probes = { ReferenceImages = References(plan, ReferencesPerClass) },
            Seed = DirectionsSeed,
        })),
        new("gradient-norms", Functional, (ml, plan) => ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = ZooColumns.Features,
            Features = ProbeFeatures.GradientNorms,
            Probes = { ReferenceImages = References(plan, GradientReferencesPerClass), ReferenceGroups = plan.Classes.Count, Noise = 0, Impulses = 0, Gratings = 0 },
        })),
        new("stationarity", Functional, (ml, _) => ml.ModelSpace().Transforms.ProbeModel(new ProbeModelEstimator.Options
        {
            OutputColumnName = ZooColumns.Features,
            Features = ProbeFeatures.Stationarity,
            Stationarity = { LabelColumnName = ZooColumns.OriginClass },
            Seed = DirectionsSeed,
        })),
    ];

    public static IEnumerable<string> Names => [.. s_all.Select(known => known.Name), "paper", "all"];

    /// <summary>The vectorizations of that name: one, several with commas between, the paper's (<c>paper</c>), or every one (<c>all</c>).</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<Vectorization> Parse(string text)
    {
        if (text == "paper")
            return s_paper;
        if (text == "all")
            return s_all;
        return
        [
            .. text.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(name => s_all.FirstOrDefault(known => known.Name == name)
                ?? throw new ArgumentException($"'{name}' is no vectorization; known are {string.Join(", ", Names)}.")),
        ];
    }

    private static Vectorization Weights(string name, WeightFeatures features) =>
        new(name, "weights", (ml, _) => ml.ModelSpace().Transforms.VectorizeWeights(new VectorizeWeightsEstimator.Options { Features = features, Seed = DirectionsSeed }));

    private static float[] References(ZooPlan plan, int perClass)
    {
        // As many of each class: groups are equally large.
        int count = plan.Classes.Min(name => Math.Min(perClass, plan.TrainImages(name).Length));
        int[] indices = [.. plan.Classes.SelectMany(name => plan.TrainImages(name)[..count].ToArray())];
        float[] images = new float[indices.Length * plan.Dataset.Shape.Size];
        plan.Dataset.CopyImages(indices, images);
        return images;
    }

    /// <summary>One way to make a vector of a model.</summary>
    /// <param name="Name">On the command line and in the results.</param>
    /// <param name="Kind"><c>weights</c>, or <c>functional</c> where the model is run.</param>
    /// <param name="Create">The estimator, from weights to features.</param>
    internal sealed record Vectorization(string Name, string Kind, Func<MLContext, ZooPlan, IEstimator<ITransformer>> Create)
    {
        /// <summary>Whether it learns from the training models, so that models of another layout cannot be set beside them.</summary>
        public bool Learns { get; init; }
    }
}
