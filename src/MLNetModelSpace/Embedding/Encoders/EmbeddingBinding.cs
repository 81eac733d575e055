using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>From a vector of a model to its place.</summary>
internal delegate float[] EmbedVector(ReadOnlySpan<float> values);

/// <summary>One vector column out of another, row by row.</summary>
internal sealed class EmbeddingBinding(
    DataViewSchema input, DataViewSchema.Column column, string output, int dimension, EmbedVector embed,
    DataViewSchema.Annotations? annotations = null) : RowBinding(
        input, [new AddedColumn(output, new VectorDataViewType(NumberDataViewType.Single, dimension), annotations)], [column.Index])
{
    public override Delegate?[] CreateGetters(DataViewRow row, ReadOnlySpan<bool> active)
    {
        if (!active[0])
            return new Delegate?[1];
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(row.Schema[column.Index]);
        VBuffer<float> source = default;
        float[] dense = [];
        ValueGetter<VBuffer<float>> result = (ref VBuffer<float> value) =>
        {
            getter(ref source);
            if (dense.Length != source.Length)
                dense = new float[source.Length];
            source.CopyTo(dense);
            float[] place = embed(dense);
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, place.Length);
            place.CopyTo(editor.Values);
            value = editor.Commit();
        };
        return [result];
    }
}
