using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public sealed partial class MulticlassClassificationCatalog
{
    /// <summary>Measures scores. Rows without a label or with a score that is no finite number are left out.</summary>
    public MulticlassClassificationMetrics Evaluate(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        var labels = ScoredRows.Find(data, DefaultColumnNames.Label, labelColumnName);
        var scores = ScoredRows.Find(data, DefaultColumnNames.Score, scoreColumnName);
        ScoredRows.Find(data, DefaultColumnNames.PredictedLabel, predictedLabelColumnName);
        if (labels.Type is not KeyDataViewType && labels.Type != NumberDataViewType.Single)
            throw Errors.SchemaMismatch("schema", "label", labelColumnName, "Single or Key", labels.Type.ToString());
        if (scores.Type is not VectorDataViewType { Size: > 0 } vector || vector.ItemType != NumberDataViewType.Single)
            throw Errors.SchemaMismatch("schema", "score", scoreColumnName, "vector of two or more items of type Single", scores.Type.ToString());
        if (topKPredictionCount < 0)
            throw new ArgumentOutOfRangeException(nameof(topKPredictionCount), "Must be non-negative");
        if (topKPredictionCount > vector.Size + 1)
            throw new ArgumentOutOfRangeException(nameof(topKPredictionCount), $"Must be at most one more than the number of classes, {vector.Size}");
        var tally = new MulticlassTally(vector.Size, topKPredictionCount);
        using var cursor = data.GetRowCursor([labels, scores]);
        var getLabel = ScoredRows.LabelGetter(cursor, labels);
        var getScores = cursor.GetGetter<VBuffer<float>>(scores);
        VBuffer<float> buffer = default;
        var row = new float[vector.Size];
        float label = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref label);
            getScores(ref buffer);
            buffer.CopyTo(row);
            tally.Add(label, row);
        }
        return tally.ToMetrics(NamesOf(scores, vector.Size));
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null) =>
        CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));

    private static string[] NamesOf(DataViewSchema.Column scores, int classes)
    {
        if (!scores.HasSlotNames())
            return [.. Enumerable.Range(0, classes).Select(c => c.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        VBuffer<ReadOnlyMemory<char>> names = default;
        scores.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
