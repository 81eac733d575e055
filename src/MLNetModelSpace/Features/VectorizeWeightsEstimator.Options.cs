namespace MLNetModelSpace;

public sealed partial class VectorizeWeightsEstimator
{
    /// <summary>What <see cref="VectorizeWeightsEstimator"/> computes. The defaults are the paper's two vectorizations.</summary>
    public sealed class Options
    {
        /// <summary>The column to add, <c>Vector&lt;Single, d&gt;</c>. Default <c>Features</c>.</summary>
        public string OutputColumnName { get; set; } = ZooColumns.Features;

        /// <summary>The weights, a vector of <see cref="float"/>. Default <c>Weights</c>.</summary>
        public string InputColumnName { get; set; } = ZooColumns.Weights;

        /// <summary>
        /// The text column with a layout for each row (<see cref="WeightLayout.ToJson"/>). It is read where the weights carry no
        /// layout of their own and the view has such a column. Default <c>Layout</c>.
        /// </summary>
        public string LayoutColumnName { get; set; } = ZooColumns.Layout;

        /// <summary>The layout of weights that carry none and have no column of layouts beside them. Default null.</summary>
        public WeightLayout? Layout { get; set; }

        /// <summary>The families of features. Default: singular values and histogram.</summary>
        public WeightFeatures Features { get; set; } = WeightFeatures.SingularValues | WeightFeatures.Histogram;

        /// <summary>Whether tensors of fewer than two dimensions (biases, scalars) take part in the families that go tensor by tensor. Default true.</summary>
        public bool IncludeBiases { get; set; } = true;

        /// <summary>
        /// Whether families that go tensor by tensor are pooled over tensors (first, last, mean, least, largest), so that models of
        /// any layout have the same features: for zoos of mixed and of deep architectures. Each row's layout is then read from
        /// <see cref="LayoutColumnName"/>. Singular values are read at nine even places of each spectrum, and a histogram has one
        /// range for all tensors. Default false.
        /// </summary>
        public bool PoolOverLayers { get; set; }

        /// <summary>Seed of random directions and projections. Default null, the context's, and where it has none 0.</summary>
        public long? Seed { get; set; }

        /// <summary>Stops <c>Fit</c> between two models, where a family learns from them. Default never.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Told of every model that a family learns from in <c>Fit</c>; nothing where none does. Default: none.</summary>
        public IProgress<RowProgress>? Progress { get; set; }

        internal int SeedOrZero => ContextSeed.ToInt32(Seed ?? 0);

        /// <summary>How <see cref="WeightFeatures.Histogram"/> counts.</summary>
        public HistogramOptions Histogram { get; private set; } = new();

        /// <summary>What <see cref="WeightFeatures.LayerStatistics"/> has.</summary>
        public LayerStatisticsOptions LayerStatistics { get; private set; } = new();

        /// <summary>What <see cref="WeightFeatures.SpectralShape"/> has.</summary>
        public SpectralShapeOptions SpectralShape { get; private set; } = new();

        /// <summary>What <see cref="WeightFeatures.CanonicalForms"/> are projected on.</summary>
        public CanonicalOptions Canonical { get; private set; } = new();

        /// <summary>What <see cref="WeightFeatures.RawWeights"/> makes of the weights.</summary>
        public RawWeightsOptions RawWeights { get; private set; } = new();

        internal Options Clone()
        {
            var copy = (Options)MemberwiseClone();
            copy.Histogram = Histogram with { };
            copy.LayerStatistics = LayerStatistics with { };
            copy.SpectralShape = SpectralShape with { };
            copy.Canonical = Canonical with { };
            copy.RawWeights = RawWeights with { };
            return copy;
        }

        /// <summary>Checks everything, so that nothing else has to.</summary>
        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(LayoutColumnName);
            if (!FeatureColumns.IsKnown(Features, FeatureFamilies.All))
                throw new ArgumentException($"Features is '{Features}'; expected one or more of {FeatureFamilies.All}.", nameof(Features));
            if (PoolOverLayers && (Features & ~FeatureFamilies.Poolable) != 0)
            {
                throw new ArgumentException(
                    $"{Features & ~FeatureFamilies.Poolable} needs one layout and cannot be pooled over layers; {FeatureFamilies.Poolable} can.", nameof(PoolOverLayers));
            }

            Histogram.Validate();
            ArgumentRanges.RequireAtLeast(SpectralShape.FewestEigenvalues, 2, "SpectralShape.FewestEigenvalues");
            ArgumentRanges.Require(Canonical.Directions, 1, CanonicalOptions.MaxDirections, "Canonical.Directions");
            ArgumentRanges.Require(Canonical.Cosines, 1, CanonicalOptions.MaxCosines, "Canonical.Cosines");
            ArgumentRanges.Require(RawWeights.Components, 1, RawWeightsOptions.MaxComponents, "RawWeights.Components");
            ArgumentRanges.RequireDefined(RawWeights.Projection, "RawWeights.Projection");
        }

        /// <summary>How histograms of weights count.</summary>
        public sealed record HistogramOptions
        {
            /// <summary>Most bins a histogram may have.</summary>
            public const int MaxBins = 4096;

            internal HistogramOptions()
            {
            }

            /// <summary>Bins of a histogram, 1 to <see cref="MaxBins"/>. Default 32.</summary>
            public int Bins { get; set; } = 32;

            /// <summary>
            /// Where the first bin begins. Null, with <see cref="Maximum"/> null too, learns at <c>Fit</c> the least and the
            /// largest value each tensor has in the training models. Values outside the range are counted in the bins at the ends.
            /// Default null.
            /// </summary>
            public float? Minimum { get; set; }

            /// <summary>Where the last bin ends; null with <see cref="Minimum"/>. Default null.</summary>
            public float? Maximum { get; set; }

            internal void Validate()
            {
                ArgumentRanges.Require(Bins, 1, MaxBins, "Histogram.Bins");
                if (Minimum.HasValue != Maximum.HasValue)
                    throw new ArgumentException("Histogram.Minimum and Histogram.Maximum are given together, or neither.", "Histogram.Minimum");
                if (Minimum is { } low && Maximum is { } high && !(float.IsFinite(low) && float.IsFinite(high) && low < high && float.IsFinite(high - low)))
                    throw new ArgumentException($"The range of a histogram is {low} to {high}; expected finite numbers, the first the smaller.", "Histogram.Minimum");
            }
        }

        /// <summary>What statistics of layers there are.</summary>
        public sealed record LayerStatisticsOptions
        {
            internal LayerStatisticsOptions()
            {
            }

            /// <summary>Whether layer statistics have quantiles 1, 5, 95 and 99 beside 0, 25, 50, 75 and 100. Default false.</summary>
            public bool TailQuantiles { get; set; }
        }

        /// <summary>What the shape of a spectrum has.</summary>
        public sealed record SpectralShapeOptions
        {
            internal SpectralShapeOptions()
            {
            }

            /// <summary>
            /// A matrix with fewer eigenvalues than this, at least 2, gets no spectral fits: their features are 0 (the distance 1) and
            /// <c>fitted</c> is 0. Default 10, as in WeightWatcher.
            /// </summary>
            public int FewestEigenvalues { get; set; } = 10;

            /// <summary>
            /// Whether the shape of a spectrum has the Marchenko–Pastur fit (its σ, the ends of the bulk, soft rank, spikes) and the
            /// phase that is read from it. Default true.
            /// </summary>
            public bool FitBulk { get; set; } = true;
        }

        /// <summary>What canonical forms are projected on.</summary>
        public sealed record CanonicalOptions
        {
            /// <summary>Most fixed directions.</summary>
            public const int MaxDirections = 4096;

            /// <summary>Most cosines of a composed map: their square is its number of features.</summary>
            public const int MaxCosines = 1024;

            internal CanonicalOptions()
            {
            }

            /// <summary>
            /// Fixed directions that canonical forms are projected on, 1 to <see cref="MaxDirections"/>: half of them cosines of low
            /// frequency, half random. Default 32.
            /// </summary>
            public int Directions { get; set; } = 32;

            /// <summary>
            /// Cosines of low frequency that <see cref="WeightFeatures.ComposedCosines"/> takes the composed map between, 1 to
            /// <see cref="MaxCosines"/>, at most as many as an image (for a convolution, a kernel) has values. Default 24.
            /// </summary>
            public int Cosines { get; set; } = 24;
        }

        /// <summary>What becomes of raw weights.</summary>
        public sealed record RawWeightsOptions
        {
            /// <summary>Most components of a projection.</summary>
            public const int MaxComponents = 4096;

            /// <summary>Training models that principal components are learned from; later ones are not looked at.</summary>
            public const int MaxPrincipalModels = 256;

            internal RawWeightsOptions()
            {
            }

            /// <summary>
            /// Whether hidden units are scaled and ordered as those of a reference model, one of the training models that their
            /// weights alone decide, before raw weights are taken. Needs a chain of layers. Default true.
            /// </summary>
            public bool AlignUnits { get; set; } = true;

            /// <summary>What becomes of raw weights. Default: principal components.</summary>
            public WeightProjection Projection { get; set; } = WeightProjection.PrincipalComponents;

            /// <summary>Numbers that a projection of raw weights gives, 1 to <see cref="MaxComponents"/>. Default 32.</summary>
            public int Components { get; set; } = 32;
        }
    }
}

/// <summary>What becomes of raw weights.</summary>
public enum WeightProjection
{
    /// <summary>They are given one by one.</summary>
    None = 0,

    /// <summary>Principal components, learned from up to <see cref="VectorizeWeightsEstimator.Options.RawWeightsOptions.MaxPrincipalModels"/> training models, chosen by their weights and not by the order of the rows.</summary>
    PrincipalComponents = 1,

    /// <summary>Random directions of a seed; nothing is learned (Johnson and Lindenstrauss, 1984).</summary>
    Random = 2,
}
