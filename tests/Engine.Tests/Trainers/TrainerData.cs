using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Trainers;

/// <summary>A row to train on.</summary>
public sealed class TrainRow
{
    public float[] Features { get; set; } = [];

    public bool Label { get; set; }

    public float Target { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>Rows as tables, and figures about scores.</summary>
internal static class TrainerData
{
    public static IDataView Table(MLContext ml, IReadOnlyList<TrainRow> rows, int features)
    {
        var schema = SchemaDefinition.Create(typeof(TrainRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    public static IDataView Table(MLContext ml, IReadOnlyList<TrainRow> rows) => Table(ml, rows, rows[0].Features.Length);

    /// <summary>Rows whose label and target depend on the first two features and on noise.</summary>
    public static List<TrainRow> Make(int count, int features, int seed)
    {
        var random = new Random(seed);
        var rows = new List<TrainRow>(count);
        for (int i = 0; i < count; i++)
        {
            var row = new float[features];
            for (int j = 0; j < features; j++)
                row[j] = (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2);
            double target = (2 * row[0]) - row[Math.Min(1, features - 1)] + random.NextDouble() - 0.5;
            rows.Add(new TrainRow { Features = row, Label = target > 0, Target = (float)target });
        }
        return rows;
    }

    public static List<TrainRow> FromJson(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => new TrainRow
        {
            Features = Floats(row.GetProperty("Features")),
            Label = row.GetProperty("Label").GetBoolean(),
            Target = row.GetProperty("Target").GetSingle(),
        })];

    public static float[] Floats(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetSingle())];

    public static float[] Column(IDataView data, string name) => [.. data.GetColumn<float>(name)];

    public static double Correlation(IReadOnlyList<float> x, IReadOnlyList<float> y)
    {
        Assert.Equal(x.Count, y.Count);
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Count; i++)
        {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }
        return xy / Math.Sqrt(xx * yy);
    }

    public static void Near(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }

    public static void Near(double expected, double actual, double tolerance) => Assert.InRange(actual, expected - tolerance, expected + tolerance);
}
