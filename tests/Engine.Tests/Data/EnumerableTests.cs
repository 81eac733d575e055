using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

public class EnumerableTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void MembersBecomeColumnsFieldsFirst()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Derived() });

        Assert.Equal(
            [
                "Text: String", "Renamed: Double", "Sized: Vector<Single, 3>", "Grid: Vector<Int32, 2, 3>", "Loose: Vector<Single>", "Key: Key<UInt32, 0-4>",
                "Date: DateTime", "Words: Vector<String>", "Own: Boolean", "ReadOnly: Single", "Inherited: Int64",
            ],
            data.Schema.Select(column => column.ToString()));
    }

    [Fact]
    public void ValuesComeBackAsTheyWere()
    {
        var rows = new[] { new Row { Number = 1.5f, Text = "a", Values = [1, 2], Flag = true }, new Row { Number = float.NaN, Text = null!, Values = [] } };

        Row[] back = [.. _ml.Data.CreateEnumerable<Row>(_ml.Data.LoadFromEnumerable(rows), reuseRowObject: false)];

        Assert.Equal([1.5f, float.NaN], back.Select(row => row.Number));
        Assert.Equal(["a", ""], back.Select(row => row.Text));
        Assert.Equal([1f, 2], back[0].Values);
        Assert.Empty(back[1].Values);
        Assert.Equal([true, false], back.Select(row => row.Flag));
    }

    [Fact]
    public void AReusedRowIsOneObject()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row(), new Row(), new Row() });
        Assert.Single(_ml.Data.CreateEnumerable<Row>(data, reuseRowObject: true).Distinct());
        Assert.Equal(3, _ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false).Distinct().Count());
    }

    [Fact]
    public void ScalarKeysCountFromZeroInObjectsAndFromOneInColumns()
    {
        var data = _ml.Data.LoadFromEnumerable(new uint[] { 0, 1, 2, 3, 9 }.Select(key => new Keyed { Key = key, Keys = [key, 1] }));

        Assert.Equal([1u, 2, 3, 0, 0], data.GetColumn<uint>("Key"));
        Assert.Equal([0u, 1, 2, 3, 9], data.GetColumn<uint[]>("Keys").Select(keys => keys[0]));
    }

    [Theory]
    [InlineData(typeof(NullableRow), "X")]
    [InlineData(typeof(DecimalRow), "X")]
    [InlineData(typeof(ListRow), "X")]
    public void AMemberOfAnUnknownTypeIsNamed(Type rowType, string member)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => SchemaDefinition.Create(rowType));
        Assert.Contains($"member {member}", error.Message);
    }

    [Fact]
    public void TwoColumnsOfOneNameAreRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => SchemaDefinition.Create(typeof(TwiceNamed)));

    [Fact]
    public void ADefinitionChangesNamesTypesAndAnnotations()
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Values"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        definition["Number"].AddAnnotation("Unit", "metre".AsMemory(), TextDataViewType.Instance);
        definition["Number"].ColumnName = "Length";

        var data = _ml.Data.LoadFromEnumerable(new[] { new Row { Number = 3 } }, definition);

        Assert.Equal("Vector<Single, 2>", data.Schema["Values"].Type.ToString());
        ReadOnlyMemory<char> unit = default;
        data.Schema["Length"].Annotations.GetValue("Unit", ref unit);
        Assert.Equal("metre", unit.ToString());
        Assert.Equal([3f], data.GetColumn<float>("Length"));
    }

    [Fact]
    public void ASchemaGivesTypesAndAsksForEveryColumn()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Values", new VectorDataViewType(NumberDataViewType.Single, 2));
        Assert.Equal("Vector<Single, 2>", _ml.Data.LoadFromEnumerable(new[] { new Row() }, builder.ToSchema()).Schema["Values"].Type.ToString());

        builder.AddColumn("Nope", NumberDataViewType.Single);
        var error = Assert.Throws<InvalidOperationException>(() => _ml.Data.LoadFromEnumerable(new[] { new Row() }, builder.ToSchema()));
        Assert.Contains("Nope", error.Message);
    }

    [Fact]
    public void AColumnThatDoesNotFitItsMemberIsRefused()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row() });
        Assert.Throws<InvalidOperationException>(() => _ml.Data.CreateEnumerable<WrongNumber>(data, reuseRowObject: false).ToArray());
        Assert.Throws<InvalidOperationException>(() => _ml.Data.CreateEnumerable<WrongValues>(data, reuseRowObject: false).ToArray());
        Assert.Empty(_ml.Data.CreateEnumerable<Missing>(_ml.Data.LoadFromEnumerable(Array.Empty<Row>()), reuseRowObject: false, ignoreMissingColumns: true));
    }

    [Fact]
    public void HiddenColumnsAreReachedByIndex()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("A", TextDataViewType.Instance);
        var schema = builder.ToSchema();

        Assert.True(schema[0].IsHidden);
        Assert.Equal(1, schema["A"].Index);
        Assert.Null(schema.GetColumnOrNull("B"));
        Assert.Throws<ArgumentOutOfRangeException>(() => schema["B"]);
        Assert.Throws<ArgumentNullException>(() => schema[""]);
    }

    [Fact]
    public void TypesAreEqualByValue()
    {
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2, 3), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(uint), 3));
        Assert.NotEqual<DataViewType>(new KeyDataViewType(typeof(uint), 3), NumberDataViewType.UInt32);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(int), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(byte), 256));
    }

    private class Base
    {
        public long Inherited { get; set; }
    }

    private sealed class Derived : Base
    {
        public string Text = "";

        [ColumnName("Renamed")]
        public double Number;

        [VectorType(3)]
        public float[] Sized = new float[3];

        [VectorType(2, 3)]
        public int[] Grid = new int[6];

        public float[] Loose = [];

        [KeyType(5)]
        public uint Key = 1;

        public DateTime Date = DateTime.UnixEpoch;

        public string[] Words = [];

        [NoColumn]
        public object? Skipped = new();

        public bool Own { get; set; }

        public float ReadOnly => 1;

        public float WriteOnly
        {
            set => Number = value;
        }
    }

    private sealed class Row
    {
        public float Number { get; set; }

        public string Text { get; set; } = "";

        public float[] Values { get; set; } = [];

        public bool Flag { get; set; }
    }

    private sealed class Keyed
    {
        [KeyType(3)]
        public uint Key;

        [KeyType(3), VectorType(2)]
        public uint[] Keys = new uint[2];
    }

    private sealed class NullableRow
    {
        public float? X { get; set; }
    }

    private sealed class DecimalRow
    {
        public decimal X { get; set; }
    }

    private sealed class ListRow
    {
        public List<float> X { get; set; } = [];
    }

    private sealed class TwiceNamed
    {
        [ColumnName("A")]
        public float X { get; set; }

        public float A { get; set; }
    }

    private sealed class WrongNumber
    {
        public int Number { get; set; }
    }

    private sealed class WrongValues
    {
        public float Values { get; set; }
    }

    private sealed class Missing
    {
        public float Nope { get; set; }
    }
}
