using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

/// <summary>What is in use of the process's memory while rows go by.</summary>
[Collection(SerialCollection.Name)]
public class CursorMemoryTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void MemoryDoesNotGrowWithTheNumberOfRows()
    {
        const int rows = 1_000_000;
        var data = _ml.Data.LoadFromEnumerable(Generated(rows));
        var view = _ml.Transforms.Concatenate("All", "Features", "Id").Append(_ml.Transforms.NormalizeLpNorm("All"))
            .Fit(data).Transform(_ml.Data.SkipRows(data, 1));
        using var cursor = view.GetRowCursor([view.Schema["All"]]);
        var get = cursor.GetGetter<VBuffer<float>>(view.Schema["All"]);
        VBuffer<float> value = default;
        long count = 0, early = 0;
        while (cursor.MoveNext())
        {
            get(ref value);
            if (++count == 10_000)
                early = GC.GetTotalMemory(forceFullCollection: true);
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - early;
        Assert.Equal(rows - 1, count);
        // A million rows kept would be 36 MB at the least.
        Assert.True(growth < 16 << 20, $"memory grew by {growth} bytes over {count} rows");
    }

    private static IEnumerable<Row> Generated(int count)
    {
        var row = new Row { Features = new float[3] };
        for (int i = 0; i < count; i++)
        {
            row.Id = i;
            row.Features[0] = i;
            yield return row;
        }
    }

    private sealed class Row
    {
        public float Id { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
