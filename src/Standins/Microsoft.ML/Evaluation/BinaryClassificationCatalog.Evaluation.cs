using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public sealed partial class BinaryClassificationCatalog
{
    /// <summary>
    /// Measures scores and probabilities. Rows without a label or with a score that is no finite number are left out.
    /// The label is a Boolean, a number (positive above zero), or a key of two values, the second of which is positive.
    /// </summary>
    public CalibratedBinaryClassificationMetrics Evaluate(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string probabilityColumnName = "Probability",
        string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(data);
        Errors.CheckNonEmpty(probabilityColumnName, nameof(probabilityColumnName));
        return new CalibratedBinaryClassificationMetrics(Tally(data, labelColumnName, scoreColumnName, probabilityColumnName, predictedLabelColumnName));
    }

    /// <summary>
    /// Measures scores. Rows without a label or with a score that is no finite number are left out.
    /// The label is a Boolean, a number (positive above zero), or a key of two values, the second of which is positive.
    /// </summary>
    public BinaryClassificationMetrics EvaluateNonCalibrated(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(data);
        return BinaryClassificationMetrics.Create(Tally(data, labelColumnName, scoreColumnName, null, predictedLabelColumnName));
    }

    public IReadOnlyList<CrossValidationResult<CalibratedBinaryClassificationMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null) =>
        CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));

    public IReadOnlyList<CrossValidationResult<BinaryClassificationMetrics>> CrossValidateNonCalibrated(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null) =>
        CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => EvaluateNonCalibrated(scored, labelColumnName));

    private static BinaryTally Tally(IDataView data, string label, string score, string probability, string predicted)
    {
        var labels = ScoredRows.FindTwoClassLabel(data, label);
        var scores = ScoredRows.Find(data, DefaultColumnNames.Score, score, NumberDataViewType.Single);
        var probabilities = probability is null ? scores : ScoredRows.Find(data, DefaultColumnNames.Probability, probability, NumberDataViewType.Single);
        ScoredRows.Find(data, DefaultColumnNames.PredictedLabel, predicted);
        var tally = new BinaryTally();
        using var cursor = data.GetRowCursor([labels, scores, probabilities]);
        var getLabel = ScoredRows.LabelGetter(cursor, labels);
        var getScore = cursor.GetGetter<float>(scores);
        var getProbability = probability is null ? null : cursor.GetGetter<float>(probabilities);
        float truth = 0, value = 0, chance = 0.5f;
        while (cursor.MoveNext())
        {
            getLabel(ref truth);
            getScore(ref value);
            getProbability?.Invoke(ref chance);
            if (!float.IsNaN(truth) && float.IsFinite(value))
                tally.Add(truth > 0, value, chance);
        }
        tally.Rank();
        return tally;
    }
}
