using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

/// <summary>Getters where there is no row, and of columns that were not asked for: exceptions of Microsoft.ML 5.0's types.</summary>
public sealed class GetterStateTests
{
    private readonly MLContext _ml = new(1);

    // Objects and what is read straight from them are left out: the official getters over them fail with a NullReferenceException, or give an old row.
    public static TheoryData<string, string> Views => new()
    {
        { "concat", "All" },
        { "concat", "A" },
        { "score", "Score" },
        { "normalize", "V" },
        { "key", "Key" },
        { "custom", "Sum" },
        { "cache", "A" },
        { "cache", "V" },
        { "filter", "A" },
        { "nothing", "All" },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public void ThereIsNoValueBeforeTheFirstRow(string view, string column)
    {
        using var cursor = Open(view);

        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => Read(cursor, column));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void ThereIsNoValueAfterTheLastRow(string view, string column)
    {
        using var cursor = Open(view);
        while (cursor.MoveNext())
        {
        }

        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => Read(cursor, column));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void ThereIsNoValueOnceDisposed(string view, string column)
    {
        var cursor = Open(view);
        cursor.MoveNext();
        cursor.Dispose();

        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => Read(cursor, column));
        cursor.Dispose();
    }

    [Theory]
    [InlineData("objects", "A", typeof(ArgumentOutOfRangeException))]
    [InlineData("cache", "A", typeof(ArgumentOutOfRangeException))]
    [InlineData("take", "A", typeof(ArgumentOutOfRangeException))]
    [InlineData("shuffle", "A", typeof(ArgumentOutOfRangeException))]
    [InlineData("filter", "A", typeof(InvalidOperationException))]
    [InlineData("concat", "All", typeof(InvalidOperationException))]
    [InlineData("score", "Score", typeof(InvalidOperationException))]
    [InlineData("custom", "Sum", typeof(InvalidOperationException))]
    public void AnInactiveColumnHasNoGetter(string view, string column, Type error)
    {
        var data = Make(view);
        using var cursor = data.GetRowCursor([data.Schema["Label"]]);
        cursor.MoveNext();

        Assert.Throws(error, () => Read(cursor, column));
    }

    private static void Read(DataViewRowCursor cursor, string name)
    {
        var column = cursor.Schema[name];
        if (column.Type is VectorDataViewType)
        {
            VBuffer<float> values = default;
            cursor.GetGetter<VBuffer<float>>(column)(ref values);
        }
        else if (column.Type is KeyDataViewType)
        {
            uint key = 0;
            cursor.GetGetter<uint>(column)(ref key);
        }
        else
        {
            float value = 0;
            cursor.GetGetter<float>(column)(ref value);
        }
    }

    private DataViewRowCursor Open(string view)
    {
        var data = Make(view);
        return data.GetRowCursor(data.Schema);
    }

    private IDataView Make(string view)
    {
        var rows = Enumerable.Range(0, 20).Select(i => new Row { A = i, V = [i, 1 - i], Label = i > 9 }).ToArray();
        var data = _ml.Data.LoadFromEnumerable(rows);
        var concat = _ml.Transforms.Concatenate("All", "A", "V");
        return view switch
        {
            "concat" => concat.Fit(data).Transform(data),
            "score" => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(featureColumnName: "V").Fit(data).Transform(data),
            "normalize" => _ml.Transforms.NormalizeMinMax("V").Fit(data).Transform(data),
            "key" => _ml.Transforms.Conversion.MapValueToKey("Key", "A").Fit(data).Transform(data),
            "custom" => _ml.Transforms.CustomMapping<Row, Out>((row, result) => result.Sum = row.A + 1, null).Fit(data).Transform(data),
            "cache" => _ml.Data.Cache(data),
            "filter" => _ml.Data.FilterRowsByColumn(data, "A", 2, 9),
            "take" => _ml.Data.TakeRows(data, 5),
            "shuffle" => _ml.Data.ShuffleRows(data, seed: 1),
            "nothing" => concat.Fit(data).Transform(_ml.Data.LoadFromEnumerable(Array.Empty<Row>())),
            _ => data,
        };
    }

    private sealed class Row
    {
        public float A { get; set; }

        [VectorType(2)]
        public float[] V { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Out
    {
        public float Sum { get; set; }
    }
}
