using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

public class CursorTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void NothingIsReadBeforeThereIsACursor()
    {
        int read = 0;
        var data = _ml.Data.LoadFromEnumerable(Counted(10, () => read++));
        var model = _ml.Transforms.Concatenate("All", "Features", "Id").Append(_ml.Transforms.CopyColumns("Copy", "All")).Fit(data);

        var view = _ml.Data.FilterRowsByColumn(model.Transform(data), "Id", 2);
        Assert.Equal(0, read);

        using var cursor = view.GetRowCursor(view.Schema);
        Assert.True(cursor.MoveNext());
        Assert.True(read >= 3);
    }

    // The official cursors read ahead in threads of their own.
    [StandinFact]
    public void ACursorReadsOneRowAtATime()
    {
        int read = 0;
        var data = _ml.Data.LoadFromEnumerable(Counted(10, () => read++));
        var view = _ml.Transforms.Concatenate("All", "Features", "Id").Append(_ml.Transforms.NormalizeLpNorm("All")).Fit(data).Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.Equal(0, read);
        for (int row = 1; row <= 10; row++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(row, read);
        }
    }

    [Fact]
    public void OnlyActiveColumnsAreComputed()
    {
        int calls = 0;
        var data = _ml.Data.LoadFromEnumerable(Counted(5, () => { }));
        var view = _ml.Transforms.CustomMapping<Row, Doubled>((source, target) =>
        {
            calls++;
            target.Double = source.Id * 2;
        }, null).Fit(data).Transform(data);

        Assert.Equal(5, view.GetColumn<float>("Id").Count());
        Assert.Equal(0, calls);
        Assert.Equal([0f, 2, 4, 6, 8], view.GetColumn<float>("Double"));
        Assert.Equal(5, calls);
    }

    [Fact]
    public void ManyCursorsMayReadOneViewAtOnce()
    {
        var data = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Counted(500, () => { })));
        var view = _ml.Transforms.Concatenate("All", "Features", "Id").Append(_ml.Transforms.NormalizeMinMax("All")).Fit(data).Transform(data);
        float[][] expected = [.. view.GetColumn<float[]>("All")];

        var errors = new ConcurrentBag<Exception>();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            var error = Record.Exception(() => Assert.Equal(expected, view.GetColumn<float[]>("All")));
            if (error is not null)
                errors.Add(error);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();

        Assert.Empty(errors);
    }

    [Fact]
    public void ACursorSetTogetherReadsEveryRowOnce()
    {
        var data = _ml.Data.LoadFromEnumerable(Counted(100, () => { }));
        var view = _ml.Transforms.CopyColumns("Copy", "Id").Fit(data).Transform(data);
        var ids = new List<float>();
        foreach (var cursor in view.GetRowCursorSet([view.Schema["Copy"]], 4))
        {
            using (cursor)
            {
                var get = cursor.GetGetter<float>(view.Schema["Copy"]);
                float value = 0;
                while (cursor.MoveNext())
                {
                    get(ref value);
                    ids.Add(value);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (float)i), ids.Order());
    }

    [Fact]
    public void ADisposedCursorMovesNoMore()
    {
        var data = _ml.Data.LoadFromEnumerable(Counted(3, () => { }));
        var cursor = data.GetRowCursor(data.Schema);
        Assert.True(cursor.MoveNext());
        Assert.Equal(0, cursor.Position);

        cursor.Dispose();

        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
    }

    [Fact]
    public void AGetterIsRefusedWhereThereIsNoRow()
    {
        var data = _ml.Data.LoadFromEnumerable(Counted(3, () => { }));
        foreach (var view in new[] { _ml.Data.Cache(data), _ml.Data.FilterRowsByColumn(data, "Id", -1), _ml.Transforms.CopyColumns("Copy", "Id").Fit(data).Transform(data) })
        {
            float value = 0;
            var cursor = view.GetRowCursor(view.Schema);
            var get = cursor.GetGetter<float>(view.Schema["Id"]);
            Assert.Throws<InvalidOperationException>(() => get(ref value));
            while (cursor.MoveNext())
                get(ref value);
            Assert.Throws<InvalidOperationException>(() => get(ref value));
            cursor.Dispose();
            Assert.Throws<InvalidOperationException>(() => get(ref value));
        }
    }

    [Fact]
    public void AGetterOfTheWrongTypeIsRefused()
    {
        var data = _ml.Data.LoadFromEnumerable(Counted(3, () => { }));
        using var cursor = data.GetRowCursor(data.Schema);

        var error = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["Id"]));

        Assert.Contains("'System.Int32'", error.Message);
        Assert.Contains("'System.Single'", error.Message);
    }

    [Fact]
    public void AnInactiveColumnOfAnAddedKindIsRefused()
    {
        var data = _ml.Data.LoadFromEnumerable(Counted(3, () => { }));
        var view = _ml.Transforms.CopyColumns("Copy", "Id").Fit(data).Transform(data);
        using var cursor = view.GetRowCursor([view.Schema["Id"]]);

        Assert.False(cursor.IsColumnActive(view.Schema["Copy"]));
        var error = Record.Exception(() => cursor.GetGetter<float>(view.Schema["Copy"]));
        Assert.True(error is ArgumentOutOfRangeException or InvalidOperationException, $"{error}");
    }

    [Fact]
    public void ANullRowIsRefused()
    {
        var data = _ml.Data.LoadFromEnumerable(new Row[] { null! });
        Assert.Throws<InvalidOperationException>(() => data.GetColumn<float>("Id").ToArray());
    }

    private static IEnumerable<Row> Counted(int count, Action onRead)
    {
        for (int i = 0; i < count; i++)
        {
            onRead();
            yield return new Row { Id = i, Features = [i, i + 1, i * i] };
        }
    }

    private sealed class Row
    {
        public float Id { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Doubled
    {
        public float Double { get; set; }
    }
}
