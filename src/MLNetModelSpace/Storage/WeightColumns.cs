using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Storage;

/// <summary>The columns of weights that views of models have.</summary>
internal static class WeightColumns
{
    /// <summary>
    /// <c>Weights</c> annotated with its layout where there is one only; else <c>Weights</c> of varying length and the text column <c>Layout</c>.
    /// </summary>
    public static IEnumerable<IndexedColumn> For<TRow>(
        IReadOnlyList<WeightLayout> layouts, Func<TRow, WeightLayout> layoutOf, Action<TRow, Span<float>> fill)
        where TRow : IndexedRow
    {
        if (layouts is [{ } only])
        {
            yield return IndexedColumn.Vector(ZooColumns.Weights, only.Length, row => only.Length, fill, ZooAnnotations.ForWeights(only));
            yield break;
        }

        Dictionary<WeightLayout, string> texts = layouts.ToDictionary(layout => layout, layout => layout.ToJson());
        yield return IndexedColumn.Vector(ZooColumns.Weights, null, row => layoutOf(row).Length, fill);
        yield return IndexedColumn.Of<TRow, ReadOnlyMemory<char>>(ZooColumns.Layout, TextDataViewType.Instance, row => texts[layoutOf(row)].AsMemory());
    }
}
