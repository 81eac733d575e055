using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public sealed partial class RegressionCatalog
{
    /// <summary>Measures scores. Rows whose label or score is NaN are left out.</summary>
    public RegressionMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(data);
        var labels = ScoredRows.Find(data, DefaultColumnNames.Label, labelColumnName, NumberDataViewType.Single);
        var scores = ScoredRows.Find(data, DefaultColumnNames.Score, scoreColumnName, NumberDataViewType.Single);
        using var cursor = data.GetRowCursor([labels, scores]);
        var getLabel = cursor.GetGetter<float>(labels);
        var getScore = cursor.GetGetter<float>(scores);
        double absolute = 0, squared = 0, loss = 0, count = 0, mean = 0, spread = 0;
        float label = 0, score = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            getScore(ref score);
            if (float.IsNaN(label) || float.IsNaN(score))
                continue;
            double difference = (double)label - score;
            float single = score - label;
            absolute += Math.Abs(difference);
            squared += difference * difference;
            loss += single * single;
            // Welford's recurrence: the labels' squared distances from their mean, without cancellation.
            double before = label - mean;
            mean += before / ++count;
            spread += before * (label - mean);
        }
        return count == 0
            ? new RegressionMetrics(0, 0, 0, 0)
            : new RegressionMetrics(absolute / count, squared / count, loss / count, spread == 0 ? double.NaN : 1 - (squared / spread));
    }

    public IReadOnlyList<CrossValidationResult<RegressionMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null) =>
        CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
}
