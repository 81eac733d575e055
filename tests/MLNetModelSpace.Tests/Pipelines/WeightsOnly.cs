using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>A model as nothing but its weights: no layout, which the pipeline has from its fitting.</summary>
internal sealed class WeightsOnly
{
    public float[] Weights { get; set; } = [];

    public static SchemaDefinition Schema(int length)
    {
        var schema = SchemaDefinition.Create(typeof(WeightsOnly));
        schema["Weights"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, length);
        return schema;
    }
}
