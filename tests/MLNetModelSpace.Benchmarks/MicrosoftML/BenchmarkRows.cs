using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.MicrosoftML;

/// <summary>Generated rows whose label and target depend on three of the features, and whose class shows in every tenth.</summary>
internal static class BenchmarkRows
{
    private const int Classes = 10;

    public static IDataView Table(MLContext ml, int rows, int features)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        return ml.Data.LoadFromEnumerable(Make(rows, features), schema);
    }

    private static List<Row> Make(int rows, int features)
    {
        var random = new Random(1);
        var result = new List<Row>(rows);
        for (int i = 0; i < rows; i++)
        {
            int kind = i % Classes;
            var values = new float[features];
            for (int j = 0; j < features; j++)
                values[j] = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5 + (j % Classes == kind ? 0.2 : 0));
            double target = values[0] - (values[1] * values[2]) + random.NextDouble() - 0.5;
            result.Add(new Row { Features = values, Label = target > 0, Target = (float)target, Class = (uint)kind });
        }
        return result;
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        public float Target { get; set; }

        [KeyType(Classes)]
        public uint Class { get; set; }
    }
}
