using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Evaluation;

/// <summary>Metrics against what Microsoft.ML 5.0.0 gives for the same labels and scores.</summary>
public sealed class MetricsConformanceTests
{
    private const string Binary = "microsoft.ml-5.0.0/binary-metrics.json";
    private const string Regression = "microsoft.ml-5.0.0/regression-metrics.json";
    private const string Multiclass = "microsoft.ml-5.0.0/multiclass.json";
    private readonly MLContext _ml = new(1);

    [ConformanceFact(Binary)]
    public void BinaryMetricsAreTheSame()
    {
        using var json = Conformance.Open(Binary);
        foreach (var set in json.RootElement.EnumerateArray())
        {
            var data = _ml.Data.LoadFromEnumerable(BinaryRows(set));
            Check(set.GetProperty("evaluate"), () => _ml.BinaryClassification.Evaluate(data));
            Check(set.GetProperty("evaluateNonCalibrated"), () => _ml.BinaryClassification.EvaluateNonCalibrated(data));
        }
    }

    [ConformanceFact(Regression)]
    public void RegressionMetricsAreTheSame()
    {
        using var json = Conformance.Open(Regression);
        foreach (var set in json.RootElement.EnumerateArray())
        {
            var labels = Trainers.TrainerData.Floats(set.GetProperty("label"));
            var scores = Trainers.TrainerData.Floats(set.GetProperty("score"));
            var data = _ml.Data.LoadFromEnumerable(labels.Select((label, i) => new Scored { Target = label, Score = scores[i] }));
            Check(set.GetProperty("evaluate"), () => _ml.Regression.Evaluate(data, "Target"));
        }
    }

    [ConformanceFact(Multiclass)]
    public void MaximumEntropyAndItsMetricsAreTheSame()
    {
        using var json = Conformance.Open(Multiclass);
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().Select(row => new Named
        {
            Label = row.GetProperty("Label").GetString()!,
            Features = Trainers.TrainerData.Floats(row.GetProperty("Features")),
        }).ToArray();
        var schema = SchemaDefinition.Create(typeof(Named));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        var data = _ml.Data.LoadFromEnumerable(rows, schema);
        var scored = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Fit(data).Transform(data);
        var expectedScores = json.RootElement.GetProperty("scores").EnumerateArray().Select(Trainers.TrainerData.Floats).ToArray();
        var scores = scored.GetColumn<float[]>("Score").ToArray();
        for (int i = 0; i < scores.Length; i++)
            Trainers.TrainerData.Near(expectedScores[i], scores[i], 2e-3);
        Assert.Equal(json.RootElement.GetProperty("predictedKey").EnumerateArray().Select(key => key.GetUInt32()), scored.GetColumn<uint>("PredictedLabel"));
        CheckMulticlass(json.RootElement.GetProperty("metrics"), expectedScores, scored);
    }

    // In a table made of objects, keys count from zero. The metrics follow from the reference scores, not from those this engine's trainer gives.
    private void CheckMulticlass(JsonElement expected, float[][] scores, IDataView scored)
    {
        var keys = scored.GetColumn<uint>("Label").ToArray();
        var schema = SchemaDefinition.Create(typeof(ScoredKey));
        schema["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, scores[0].Length);
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), scores[0].Length);
        schema["PredictedLabel"].ColumnType = new KeyDataViewType(typeof(uint), scores[0].Length);
        var rows = _ml.Data.LoadFromEnumerable(keys.Select((key, i) => new ScoredKey { Label = key - 1, Score = scores[i] }), schema);
        double wanted = expected.GetProperty("TopKAccuracy").GetDouble();
        int topK = Enumerable.Range(1, scores[0].Length).FirstOrDefault(k =>
            Math.Abs(_ml.MulticlassClassification.Evaluate(rows, topKPredictionCount: k).TopKAccuracy - wanted) < 1e-6);
        Assert.True(topK > 0 || wanted == 0, $"No k gives a top-k accuracy of {wanted}: {string.Join(", ", _ml.MulticlassClassification.Evaluate(rows, topKPredictionCount: scores[0].Length).TopKAccuracyForAllK)}");
        var metrics = _ml.MulticlassClassification.Evaluate(rows, topKPredictionCount: topK);
        CheckNumbers(expected, metrics);
        var losses = expected.GetProperty("PerClassLogLoss").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        for (int c = 0; c < losses.Length; c++)
            Trainers.TrainerData.Near(losses[c], metrics.PerClassLogLoss[c], 1e-6);
        CheckConfusion(expected.GetProperty("Confusion"), metrics.ConfusionMatrix);
    }

    private static IEnumerable<Scored> BinaryRows(JsonElement set)
    {
        var label = set.GetProperty("label").EnumerateArray().ToArray();
        var score = set.GetProperty("score").EnumerateArray().ToArray();
        var probability = set.GetProperty("probability").EnumerateArray().ToArray();
        var predicted = set.GetProperty("predicted").EnumerateArray().ToArray();
        return label.Select((value, i) => new Scored
        {
            Label = value.GetBoolean(),
            Score = score[i].GetSingle(),
            Probability = probability[i].GetSingle(),
            PredictedLabel = predicted[i].GetBoolean(),
        }).ToArray();
    }

    private static void Check(JsonElement expected, Func<object> evaluate)
    {
        if (expected.TryGetProperty("Exception", out var exception))
        {
            var error = Record.Exception(() => evaluate());
            Assert.NotNull(error);
            Assert.Equal(exception.GetString(), error.GetType().FullName);
            Assert.Equal(expected.GetProperty("Message").GetString(), error.Message);
            return;
        }
        object metrics = evaluate();
        CheckNumbers(expected, metrics);
        if (expected.TryGetProperty("Confusion", out var confusion))
            CheckConfusion(confusion, ((BinaryClassificationMetrics)metrics).ConfusionMatrix);
    }

    private static void CheckNumbers(JsonElement expected, object metrics)
    {
        foreach (var property in expected.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number)
                continue;
            double actual = Convert.ToDouble(metrics.GetType().GetProperty(property.Name)!.GetValue(metrics));
            Assert.True(Math.Abs(property.Value.GetDouble() - actual) <= 1e-6, $"{property.Name}: expected {property.Value.GetDouble()}, got {actual}");
        }
    }

    private static void CheckConfusion(JsonElement expected, ConfusionMatrix actual) =>
        Assert.Equal(expected.EnumerateArray().Select(row => row.EnumerateArray().Select(count => count.GetDouble()).ToArray()).ToArray(), actual.Counts.Select(row => row.ToArray()).ToArray());

    private sealed class Scored
    {
        public bool Label { get; set; }

        public float Target { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }

    private sealed class Named
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class ScoredKey
    {
        public uint Label { get; set; }

        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }
    }
}
