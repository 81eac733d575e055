namespace MLNetModelSpace;

/// <summary>How a zoo is planned.</summary>
public sealed class ZooPlanOptions
{
    /// <summary>
    /// Models for training, at least 1: for each class (or list of proportions) where each model has one, and in all where shares are
    /// drawn. 200 by default.
    /// </summary>
    public int Models { get; set; } = 200;

    /// <summary>Models for testing, counted as <see cref="Models"/>; null, the default, for as many.</summary>
    public int? TestModels { get; set; }

    /// <summary>Images that one model is trained on, at least 1. 200 by default.</summary>
    public int ImagesPerModel { get; set; } = 200;

    /// <summary>Which classes, in what proportions; null, the default, for one class each over all classes.</summary>
    public ZooShares? Shares { get; set; }

    /// <summary>
    /// In how many folds models come, at least 1; 2 by default. The images of each class in each half are parted among the folds, and
    /// models of different folds share none: use <c>Fold</c> as <c>samplingKeyColumnName</c>. ML.NET parts keys by their range, so let
    /// <c>numberOfFolds</c> of <c>CrossValidate</c> divide this number, and <c>testFraction</c> of <c>TrainTestSplit</c> be a multiple of one
    /// over it: a smaller fraction takes no fold at all. More folds leave fewer images to each model's choice.
    /// </summary>
    public int Folds { get; set; } = 2;

    /// <summary>
    /// Decides how images are parted, which of them each model draws, and every model's own seed. 1 by default. A plan with more models
    /// and the same seed begins with the models of the smaller one.
    /// </summary>
    public long Seed { get; set; } = 1;

    internal ZooPlanOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Models, 1, nameof(Models));
        ArgumentOutOfRangeException.ThrowIfLessThan(TestModels ?? 1, 1, nameof(TestModels));
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerModel, 1, nameof(ImagesPerModel));
        ArgumentOutOfRangeException.ThrowIfLessThan(Folds, 1, nameof(Folds));
        return new ZooPlanOptions
        {
            Models = Models,
            TestModels = TestModels ?? Models,
            ImagesPerModel = ImagesPerModel,
            Shares = Shares ?? ZooShares.OneClassEach(),
            Folds = Folds,
            Seed = Seed,
        };
    }
}
