using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Benchmarks.Vectorization;

/// <summary>Models of random weights, made ahead.</summary>
internal static class BenchmarkModels
{
    public static IDataView Vectorize(MLContext ml, WeightLayout layout, int count, VectorizeWeightsEstimator.Options options)
    {
        var random = new Random(1);
        string text = layout.ToJson();
        IDataView models = ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ => new Model
        {
            Weights = [.. Enumerable.Range(0, layout.Length).Select(_ => 0.1f * (random.NextSingle() - 0.5f))],
            Layout = text,
        }).ToArray());
        return ml.ModelSpace().Transforms.VectorizeWeights(options).Fit(models).Transform(models);
    }

    public static float Read(IDataView vectors)
    {
        DataViewSchema.Column column = vectors.Schema[ZooColumns.Features];
        using DataViewRowCursor cursor = vectors.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> row = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            get(ref row);
            sum += row.GetValues()[0];
        }

        return sum;
    }

    private sealed class Model
    {
        [VectorType]
        public float[] Weights { get; set; } = [];

        public string Layout { get; set; } = "";
    }
}
