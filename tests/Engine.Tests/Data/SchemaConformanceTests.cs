using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

public class SchemaConformanceTests
{
    private const string File = "microsoft.ml-5.0.0/schemas.json";
    private readonly MLContext _ml = new(1);

    [ConformanceFact(File, "LoadFromEnumerable_TrainRow")]
    public void ObjectsHaveTheOfficialSchema() => Check("LoadFromEnumerable_TrainRow", Rows().Schema);

    [ConformanceFact(File, "FastTreePipeline")]
    public void ABinaryPipelineHasTheOfficialSchema()
    {
        var pipeline = _ml.Transforms.Concatenate("All", "Features").Append(_ml.Transforms.NormalizeMinMax("All"))
            .Append(_ml.BinaryClassification.Trainers.FastTree("Label", "All"));
        Check("FastTreePipeline", pipeline.Fit(Rows()).Transform(Rows()).Schema);
    }

    [ConformanceFact(File, "MulticlassPipeline")]
    public void AMulticlassPipelineHasTheOfficialSchema()
    {
        var random = new Random(1);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 90).Select(i => new ClassRow
        {
            Label = $"class {i % 3}",
            Features = [i % 3, random.NextSingle(), random.NextSingle(), random.NextSingle()],
        }).ToList());
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        Check("MulticlassPipeline", pipeline.Fit(data).Transform(data).Schema);
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(TrainRow.Make(100));

    private static void Check(string name, DataViewSchema schema)
    {
        using var figures = Conformance.Open(File);
        var expected = figures.RootElement.GetProperty(name);
        Assert.Equal(expected.EnumerateArray().Select(Describe), schema.Select(Describe));
    }

    private static string Describe(JsonElement column) =>
        $"{column.GetProperty("Index")} {column.GetProperty("Name")} hidden {column.GetProperty("IsHidden").GetBoolean()} {column.GetProperty("Type")} {column.GetProperty("RawType")} "
        + string.Join(", ", column.GetProperty("Annotations").EnumerateArray().Select(a => $"{a.GetProperty("Name")}: {a.GetProperty("Type")}"));

    private static string Describe(DataViewSchema.Column column) =>
        $"{column.Index} {column.Name} hidden {column.IsHidden} {column.Type} {column.Type.RawType} "
        + string.Join(", ", column.Annotations.Schema.Select(a => $"{a.Name}: {a.Type}"));

    private sealed class ClassRow
    {
        public string Label { get; set; } = "";

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
