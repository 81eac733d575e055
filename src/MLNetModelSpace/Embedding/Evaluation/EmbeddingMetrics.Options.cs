using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

public sealed partial class EmbeddingMetrics
{
    /// <summary>How embeddings are evaluated.</summary>
    public sealed class Options
    {
        /// <summary>The column of predicted embeddings; default <c>Embedding</c>.</summary>
        public string EmbeddingColumnName { get; set; } = ZooColumns.Embedding;

        /// <summary>The column of class shares; default <c>Shares</c>.</summary>
        public string SharesColumnName { get; set; } = ZooColumns.Shares;

        /// <summary>The space; default the sphere.</summary>
        public EmbeddingSpace Space { get; set; } = EmbeddingSpace.Sphere;

        /// <summary>Hyperbolic distance of a pure class from the centre, in the ball; default 3.</summary>
        public double BallRadius { get; set; } = EmbeddingTrainerOptions.DefaultBallRadius;

        /// <summary>Directions of the classes; default null, the axes.</summary>
        public ClassBasis? Basis { get; set; }

        /// <summary>
        /// What the mean-vector baseline answers, such as the mean of the training targets; default null, the mean of the evaluated
        /// targets, which is the best constant and so the hardest baseline.
        /// </summary>
        public IReadOnlyList<float>? MeanVector { get; set; }

        /// <summary>Most pairs that distances are compared over; beyond it a seeded sample is drawn. Default 1,000,000.</summary>
        public int MaxPairs { get; set; } = 1_000_000;

        /// <summary>Seed of the shuffled baseline and of the sample of pairs; default null, the context's, and where it has none 0.</summary>
        public long? Seed { get; set; }

        /// <summary>Stops the evaluation; default never.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>A copy that later changes do not reach, checked, with a seed.</summary>
        internal Options CheckedCopy(IHostEnvironment env)
        {
            Validate();
            var copy = (Options)MemberwiseClone();
            copy.Seed = ContextSeed.Or(env, Seed);
            return copy;
        }

        private void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(EmbeddingColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(SharesColumnName);
            PoincareBall.CheckRadius(BallRadius);
            ArgumentRanges.RequireDefined(Space, nameof(Space));
            if (MaxPairs < 2)
                throw new ArgumentOutOfRangeException(nameof(MaxPairs), MaxPairs, $"{MaxPairs} pairs cannot be correlated; expected at least 2.");
        }
    }
}
