using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Transforms;

public class TransformConformanceTests
{
    private const string File = "microsoft.ml-5.0.0/transforms.json";
    private readonly MLContext _ml = new(1);

    [ConformanceFact(File)]
    public void NormalizersGiveTheOfficialFigures()
    {
        using var figures = Conformance.Open(File);
        float[][] input = Rows(figures.RootElement.GetProperty("input"));
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, input[0].Length);
        var data = _ml.Data.LoadFromEnumerable(input.Select(features => new Row { Features = features }), definition);

        foreach (var figure in figures.RootElement.EnumerateObject().Where(figure => figure.Name != "input"))
        {
            float[][] expected = Rows(figure.Value);
            float[][] actual = [.. Estimator(figure.Name).Fit(data).Transform(data).GetColumn<float[]>("Features")];
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++)
                for (int j = 0; j < expected[i].Length; j++)
                    Assert.True(
                        Math.Abs(expected[i][j] - actual[i][j]) <= 1e-6 * Math.Max(1, Math.Abs(expected[i][j])),
                        $"{figure.Name}, row {i}, slot {j}: expected {expected[i][j]}, got {actual[i][j]}");
        }
    }

    private IEstimator<ITransformer> Estimator(string name) => name switch
    {
        "NormalizeMinMax" => _ml.Transforms.NormalizeMinMax("Features"),
        "NormalizeMinMax_fixZeroFalse" => _ml.Transforms.NormalizeMinMax("Features", fixZero: false),
        "NormalizeMeanVariance" => _ml.Transforms.NormalizeMeanVariance("Features"),
        "NormalizeMeanVariance_fixZeroFalse" => _ml.Transforms.NormalizeMeanVariance("Features", fixZero: false),
        "NormalizeLpNorm" => _ml.Transforms.NormalizeLpNorm("Features"),
        "NormalizeLpNorm_ensureZeroMean" => _ml.Transforms.NormalizeLpNorm("Features", ensureZeroMean: true),
        _ => throw new ArgumentOutOfRangeException(nameof(name), $"No estimator is known for the figures '{name}'"),
    };

    private static float[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(item => item.GetSingle()).ToArray())];

    private sealed class Row
    {
        public float[] Features = [];
    }
}
