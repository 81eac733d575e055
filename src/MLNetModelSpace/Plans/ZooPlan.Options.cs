namespace MLNetModelSpace;

public sealed partial class ZooPlan
{
    /// <summary>The number of folds where nobody names one and the images allow it: as many as <c>CrossValidate</c> of ML.NET has.</summary>
    private const int UsualFolds = 5;

    /// <summary>The most images a model has where nobody says how many.</summary>
    private const int UsualImages = 200;

    /// <summary>How a zoo is planned.</summary>
    public sealed class Options
    {
        /// <summary>
        /// Models for training, at least 1: for each class (or list of proportions) where each model has one, and in all where shares are
        /// drawn. 200 by default.
        /// </summary>
        public int Models { get; set; } = 200;

        /// <summary>Models for testing, counted as <see cref="Models"/>; null, the default, for as many.</summary>
        public int? TestModels { get; set; }

        /// <summary>
        /// Images that one model is trained on, at least 1; null, the default, for as many as folds and classes allow, at most 200.
        /// <see cref="ZooPlan.ImagesPerModel"/> and the context's log say what was taken. Where a fold has no more than that, its models of one class
        /// differ by their seeds alone.
        /// </summary>
        public int? ImagesPerModel { get; set; }

        /// <summary>Which classes, in what proportions; null, the default, for one class each over all classes.</summary>
        public ZooShares? Shares { get; set; }

        /// <summary>
        /// In how many folds models come, at least 1; null, the default, for five, or as many as the images allow where that is fewer:
        /// <see cref="ZooPlan.Folds"/> and the context's log say what was taken. The images of each class in each half are parted among the folds, and
        /// models of different folds share none: use <c>Fold</c> as <c>samplingKeyColumnName</c>. ML.NET parts keys by their range, so let
        /// <c>numberOfFolds</c> of <c>CrossValidate</c> divide this number, and <c>testFraction</c> of <c>TrainTestSplit</c> be a multiple of one
        /// over it: a smaller fraction takes no fold at all. More folds leave fewer images to each model's choice.
        /// </summary>
        public int? Folds { get; set; }

        /// <summary>
        /// Decides how images are parted, which of them each model draws, and every model's own seed; null, the default, for the context's seed, and
        /// where it has none 0. A plan with more models and the same seed begins with the models of the smaller one.
        /// </summary>
        public long? Seed { get; set; }

        internal Options Validated()
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(Models, 1, nameof(Models));
            ArgumentOutOfRangeException.ThrowIfLessThan(TestModels ?? 1, 1, nameof(TestModels));
            ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerModel ?? 1, 1, nameof(ImagesPerModel));
            ArgumentOutOfRangeException.ThrowIfLessThan(Folds ?? 1, 1, nameof(Folds));
            var copy = (Options)MemberwiseClone();
            copy.TestModels ??= Models;
            copy.Shares ??= ZooShares.OneClassEach();
            return copy;
        }
    }
}
