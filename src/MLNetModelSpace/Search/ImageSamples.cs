using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Search;

/// <summary>Samples of images in memory, as the training of a zoo reads them.</summary>
internal static class ImageSamples
{
    public static IDataView Load(MLContext ml, IReadOnlyList<float[]> samples, IReadOnlyList<long> seeds, ImageShape shape)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Images)].AddAnnotation(
            ZooAnnotations.ImageShape, new VBuffer<int>(3, [shape.Channels, shape.Height, shape.Width]), new VectorDataViewType(NumberDataViewType.Int32, 3));
        return ml.Data.LoadFromEnumerable(samples.Select((images, i) => new Row { Images = images, Seed = seeds[i] }), definition);
    }

    private sealed class Row
    {
        public float[] Images { get; set; } = [];

        public long Seed { get; set; }
    }
}
