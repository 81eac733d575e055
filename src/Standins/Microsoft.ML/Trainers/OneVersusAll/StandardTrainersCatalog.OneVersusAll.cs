using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public static partial class StandardTrainersCatalog
{
    /// <summary>
    /// Rows without a class count against every class, whatever <paramref name="imputeMissingLabelsAsNegative"/> says, as officially.
    /// A calibrator of one's own is not supported here.
    /// </summary>
    public static OneVersusAllTrainer OneVersusAll<TModel>(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        ITrainerEstimator<BinaryPredictionTransformer<TModel>, TModel> binaryEstimator, string labelColumnName = "Label",
        bool imputeMissingLabelsAsNegative = false, IEstimator<ISingleFeaturePredictionTransformer<ICalibrator>> calibrator = null,
        int maximumCalibrationExampleCount = 1000000000, bool useProbabilities = true)
        where TModel : class
    {
        if (calibrator is not null)
            throw Errors.NotSupported($"{nameof(OneVersusAll)} with a {nameof(calibrator)}");
        return new OneVersusAllTrainer(catalog.Environment, binaryEstimator, labelColumnName, maximumCalibrationExampleCount, useProbabilities);
    }
}
