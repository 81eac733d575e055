using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Architectures;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public class ZooAnnotationsTests
{
    [Fact]
    public void AnImageShapeIsReadAsItWasWritten()
    {
        DataViewSchema schema = SchemaWith(builder => ZooAnnotations.AddImageShape(builder, new ImageShape(3, 32, 31)));

        Assert.Equal(new ImageShape(3, 32, 31), ZooAnnotations.GetImageShape(schema["Column"]));
    }

    [Fact]
    public void AColumnThatSaysNothingHasNeitherShapeNorLayoutNorSample()
    {
        DataViewSchema schema = SchemaWith(_ => { });

        Assert.Null(ZooAnnotations.GetImageShape(schema["Column"]));
        Assert.Null(ZooAnnotations.GetWeightLayout(schema["Column"]));
        Assert.Null(ZooAnnotations.GetSampleColumn(schema, schema["Column"]));
    }

    [Fact]
    public void ALayoutIsReadAsItWasWritten()
    {
        var layout = new WeightLayout([new TensorLayout("a.weight", 2, 3), new TensorLayout("a.bias", 2)], "net");

        Assert.Equal(layout, ZooAnnotations.GetWeightLayout(SchemaWith(builder => ZooAnnotations.AddWeightLayout(builder, layout))["Column"]));
    }

    [Fact]
    public void TheSampleColumnIsFoundByItsName()
    {
        DataViewSchema schema = SchemaWith(builder => ZooAnnotations.AddSampleColumn(builder, "Sample"), NumberDataViewType.UInt64);

        Assert.Equal("Sample", ZooAnnotations.GetSampleColumn(schema, schema["Column"])?.Name);
    }

    [Fact]
    public void ASampleColumnOfAnotherTypeIsNamed()
    {
        DataViewSchema schema = SchemaWith(builder => ZooAnnotations.AddSampleColumn(builder, "Sample"), NumberDataViewType.Single);

        var error = Assert.Throws<FormatException>(() => ZooAnnotations.GetSampleColumn(schema, schema["Column"]));
        Assert.Equal("Annotation 'SampleColumn' of column 'Column': expected the name of a UInt64 column, got 'Sample' of type Single.", error.Message);
    }

    [Fact]
    public void AShapeOfAnotherTypeIsNamed()
    {
        DataViewSchema schema = SchemaWith(builder => builder.AddPrimitiveValue(ZooAnnotations.ImageShape, NumberDataViewType.Int32, 28));

        var error = Assert.Throws<FormatException>(() => ZooAnnotations.GetImageShape(schema["Column"]));
        Assert.StartsWith("Annotation 'ImageShape' of column 'Column': expected a vector of three Int32, got Int32", error.Message);
    }

    [Fact]
    public void AShapeWithAZeroIsRefused()
    {
        DataViewSchema schema = SchemaWith(builder => ZooAnnotations.AddImageShape(builder, new ImageShape(1, 0, 28)));

        var error = Assert.Throws<FormatException>(() => ZooAnnotations.GetImageShape(schema["Column"]));
        Assert.EndsWith("expected three positive numbers, got [1, 0, 28].", error.Message);
    }

    [Fact]
    public void SlotNamesAndKeyValuesAreThoseThatMLNetReads()
    {
        var schemaBuilder = new DataViewSchema.Builder();
        schemaBuilder.AddColumn("Shares", new VectorDataViewType(NumberDataViewType.Single, 2), ZooAnnotations.ForSlots(["Bag", "Coat"]));
        schemaBuilder.AddColumn("OriginClass", new KeyDataViewType(typeof(uint), 2), ZooAnnotations.ForKeys(["Bag", "Coat"]));
        DataViewSchema schema = schemaBuilder.ToSchema();

        VBuffer<ReadOnlyMemory<char>> slots = default, keys = default;
        schema["Shares"].GetSlotNames(ref slots);
        schema["OriginClass"].GetKeyValues(ref keys);

        Assert.True(schema["Shares"].HasSlotNames());
        Assert.Equal(["Bag", "Coat"], slots.DenseValues().Select(text => text.ToString()));
        Assert.Equal(["Bag", "Coat"], keys.DenseValues().Select(text => text.ToString()));
    }

    private static DataViewSchema SchemaWith(Action<DataViewSchema.Annotations.Builder> annotate, DataViewType? sampleType = null)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotate(annotations);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Column", new VectorDataViewType(NumberDataViewType.Single), annotations.ToAnnotations());
        if (sampleType is not null)
            builder.AddColumn("Sample", sampleType);
        return builder.ToSchema();
    }
}
