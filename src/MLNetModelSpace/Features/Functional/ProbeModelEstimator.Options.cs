namespace MLNetModelSpace;

public sealed partial class ProbeModelEstimator
{
    internal const ProbeFeatures AllFeatures =
        ProbeFeatures.Errors | ProbeFeatures.ErrorProfiles | ProbeFeatures.Answers | ProbeFeatures.JacobianSpectra
        | ProbeFeatures.GradientNorms | ProbeFeatures.Stationarity | ProbeFeatures.GroupErrors;

    /// <summary>What <see cref="ProbeModelEstimator"/> asks of models, and what it makes of their answers.</summary>
    public sealed class Options
    {
        /// <summary>Most probes of a kind, and most directions.</summary>
        public const int MaxCount = 4096;

        /// <summary>The column to add, <c>Vector&lt;Single, d&gt;</c>. Default <c>Responses</c>.</summary>
        public string OutputColumnName { get; set; } = "Responses";

        /// <summary>The weights, a vector of <see cref="float"/>. Default <c>Weights</c>.</summary>
        public string InputColumnName { get; set; } = ZooColumns.Weights;

        /// <summary>The text column with a layout for each row, read where the weights carry none. Default <c>Layout</c>.</summary>
        public string LayoutColumnName { get; set; } = ZooColumns.Layout;

        /// <summary>The layout of weights that carry none and have no column of layouts beside them. Default null.</summary>
        public WeightLayout? Layout { get; set; }

        /// <summary>What is made of the answers. Default: errors, error profiles and answers.</summary>
        public ProbeFeatures Features { get; set; } = ProbeFeatures.Errors | ProbeFeatures.ErrorProfiles | ProbeFeatures.Answers;

        /// <summary>What models are asked about.</summary>
        public ProbesOptions Probes { get; private set; } = new();

        /// <summary>What <see cref="ProbeFeatures.Answers"/> has.</summary>
        public AnswersOptions Answers { get; private set; } = new();

        /// <summary>Where <see cref="ProbeFeatures.JacobianSpectra"/> are taken.</summary>
        public JacobianOptions Jacobian { get; private set; } = new();

        /// <summary>What <see cref="ProbeFeatures.Stationarity"/> learns from.</summary>
        public StationarityOptions Stationarity { get; private set; } = new();

        /// <summary>Seed of noise, textures and random directions. Default null, the context's, and where it has none 0.</summary>
        public long? Seed { get; set; }

        /// <summary>Most threads that run models, at least 1. Default null, one a core. Results do not depend on it.</summary>
        public int? Threads { get; set; }

        /// <summary>Stops between two stacks of models, in <c>Fit</c> and in reading; a transformer that is loaded has none. Default never.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Told of every batch of models that has been run, in <c>Fit</c> and in reading; a transformer that is loaded has none. Default: none.</summary>
        public IProgress<RowProgress>? Progress { get; set; }

        internal Options Clone()
        {
            var copy = (Options)MemberwiseClone();
            copy.Probes = Probes with { };
            copy.Answers = Answers with { };
            copy.Jacobian = Jacobian with { };
            copy.Stationarity = Stationarity with { };
            return copy;
        }

        /// <summary>Checks everything but the shape of the images, which only <c>Fit</c> knows.</summary>
        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(LayoutColumnName);
            if (!FeatureColumns.IsKnown(Features, AllFeatures))
                throw new ArgumentException($"Features is '{Features}'; expected one or more of {AllFeatures}.", nameof(Features));
            Probes.Validate();
            ArgumentRanges.Require(Answers.Directions, 0, MaxCount, "Answers.Directions");
            ArgumentRanges.Require(Jacobian.Probes, 1, MaxCount, "Jacobian.Probes");
            ArgumentRanges.Require(Jacobian.Directions, 1, MaxCount, "Jacobian.Directions");
            ArgumentRanges.Require(Stationarity.Textures, 1, StationarityOptions.MaxTextures, "Stationarity.Textures");
            ArgumentRanges.Require(Stationarity.ImagesPerTexture, 1, MaxCount, "Stationarity.ImagesPerTexture");
            ArgumentRanges.RequireAtLeast(Threads ?? 1, 1, nameof(Threads));
            if (Features.HasFlag(ProbeFeatures.Stationarity) && string.IsNullOrWhiteSpace(Stationarity.LabelColumnName))
                throw new ArgumentException("Stationarity is learned from classes: Stationarity.LabelColumnName has to say their column.", "Stationarity.LabelColumnName");
            if (Features != ProbeFeatures.Stationarity && Probes.IsEmpty)
                throw new ArgumentException("There is no probe: give reference images, or ask for noise, impulses or gratings.", "Probes.Noise");
        }

        /// <summary>The probes for images of a shape.</summary>
        internal ProbePlan ToPlan(ImageShape shape)
        {
            float[] images = Probes.ReferenceImages;
            if (images.Length % shape.Size != 0)
            {
                throw new ArgumentException(
                    $"Reference images have {images.Length} values, which is no multiple of the {shape.Size} of the models' input, {shape}.", "Probes.ReferenceImages");
            }

            int references = images.Length / shape.Size;
            if (references % Probes.ReferenceGroups != 0)
            {
                throw new ArgumentException(
                    $"{references} reference images do not fall into {Probes.ReferenceGroups} groups of equal size.", "Probes.ReferenceGroups");
            }

            return new ProbePlan(
                shape, Features, (float[])images.Clone(), Probes.ReferenceGroups, Probes.Noise, Probes.Impulses, Probes.Gratings, Answers.Directions, Jacobian.Probes,
                Jacobian.Directions, ContextSeed.ToInt32(Seed ?? 0), Stationarity.Textures, Stationarity.ImagesPerTexture);
        }

        /// <summary>Images that models are asked about.</summary>
        public sealed record ProbesOptions
        {
            internal ProbesOptions()
            {
            }

            /// <summary>
            /// Images of the user's own to ask about: n·C·H·W values in [0, 1], channel by channel, row by row. They are saved with the
            /// pipeline, so take none that the models to be told apart were trained on. Default: none.
            /// </summary>
            public float[] ReferenceImages { get; set; } = [];

            /// <summary>
            /// Groups that the reference images fall into for <see cref="ProbeFeatures.GradientNorms"/> and <see cref="ProbeFeatures.GroupErrors"/>,
            /// one behind another and equally large, such as one for each class; 1 to <see cref="MaxCount"/>. Default 1.
            /// </summary>
            public int ReferenceGroups { get; set; } = 1;

            /// <summary>Probes of noise, 0 to <see cref="MaxCount"/>: independent pixels and smooth ones in turn. Default 16.</summary>
            public int Noise { get; set; } = 16;

            /// <summary>Probes of one bright pixel on black, evenly spread, 0 to <see cref="MaxCount"/>. Default 16.</summary>
            public int Impulses { get; set; } = 16;

            /// <summary>Sinusoidal gratings of four orientations and rising frequency, 0 to <see cref="MaxCount"/>. Default 16.</summary>
            public int Gratings { get; set; } = 16;

            internal bool IsEmpty => Noise + Impulses + Gratings == 0 && ReferenceImages.Length == 0;

            internal void Validate()
            {
                ArgumentNullException.ThrowIfNull(ReferenceImages, "Probes.ReferenceImages");
                ArgumentRanges.Require(ReferenceGroups, 1, MaxCount, "Probes.ReferenceGroups");
                ArgumentRanges.Require(Noise, 0, MaxCount, "Probes.Noise");
                ArgumentRanges.Require(Impulses, 0, MaxCount, "Probes.Impulses");
                ArgumentRanges.Require(Gratings, 0, MaxCount, "Probes.Gratings");
                for (int i = 0; i < ReferenceImages.Length; i++)
                {
                    if (ReferenceImages[i] is not (>= 0 and <= 1))
                        throw new ArgumentException($"Reference images hold {ReferenceImages[i]} at {i}; expected values in [0, 1].", "Probes.ReferenceImages");
                }
            }
        }

        /// <summary>What is made of answers.</summary>
        public sealed record AnswersOptions
        {
            internal AnswersOptions()
            {
            }

            /// <summary>Fixed directions that answers are projected on, 0 to <see cref="MaxCount"/>. Default 8.</summary>
            public int Directions { get; set; } = 8;
        }

        /// <summary>Where Jacobians are taken.</summary>
        public sealed record JacobianOptions
        {
            internal JacobianOptions()
            {
            }

            /// <summary>Probes, the first ones, at which the Jacobian is taken, 1 to <see cref="MaxCount"/>. Default 2.</summary>
            public int Probes { get; set; } = 2;

            /// <summary>Fixed orthonormal directions that the Jacobian is restricted to, 1 to <see cref="MaxCount"/>: so many singular values. Default 16.</summary>
            public int Directions { get; set; } = 16;
        }

        /// <summary>What stationarity is learned from.</summary>
        public sealed record StationarityOptions
        {
            /// <summary>Most kinds of textures: matrices of so many rows are taken apart.</summary>
            public const int MaxTextures = 512;

            internal StationarityOptions()
            {
            }

            /// <summary>
            /// The classes of the training models, a key of known count or a Boolean, read by <c>Fit</c>. Default null, none.
            /// </summary>
            public string? LabelColumnName { get; set; }

            /// <summary>Kinds of textures that are mixed, 1 to <see cref="MaxTextures"/>. Default 48.</summary>
            public int Textures { get; set; } = 48;

            /// <summary>Images of each of them, 1 to <see cref="MaxCount"/>. Default 8.</summary>
            public int ImagesPerTexture { get; set; } = 8;
        }
    }
}
