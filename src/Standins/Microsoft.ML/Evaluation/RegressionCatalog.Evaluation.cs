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
        double absolute = 0, squared = 0, loss = 0, count = 0, sum = 0, sumOfSquares = 0;
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
            sum += label;
            sumOfSquares += label * label;
            count++;
        }
        if (count == 0)
            return new RegressionMetrics(0, 0, 0, 0);
        // The textbook difference of sums, squares in single precision: it cancels where labels hardly differ, and the official figures show just that.
        double variance = (sumOfSquares / count) - (sum / count * (sum / count));
        return new RegressionMetrics(absolute / count, squared / count, loss / count, variance == 0 ? double.NaN : 1 - (squared / count / variance));
    }

    public IReadOnlyList<CrossValidationResult<RegressionMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null) =>
        CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
}
