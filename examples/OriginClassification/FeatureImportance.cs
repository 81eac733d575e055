using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>Which numbers of a vectorization the trees split by: the mean over pairs of each slot's share of all gains.</summary>
/// <param name="Architecture">Of the models.</param>
/// <param name="Vectorization">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Auc">Of the trees, a mean over pairs.</param>
/// <param name="Top">The slots with the largest shares, the largest first.</param>
internal sealed record FeatureImportance(string Architecture, string Vectorization, string Kind, double Auc, IReadOnlyList<(string Slot, double Share)> Top)
{
    private const int Shown = 10;

    public static FeatureImportance Of(IDataView vectors, IReadOnlyList<PairFit> fits)
    {
        string[] slots = SlotNames(vectors);
        PairFit[] trees = [.. fits.Where(fit => fit.Result.Trainer == OriginClassifiers.Trees)];
        double[] shares = new double[slots.Length];
        foreach (PairFit fit in trees)
        {
            double[] gains = OriginClassifiers.Gains(fit.Classifier, slots.Length);
            for (int i = 0; i < gains.Length; i++)
                shares[i] += gains[i] / trees.Length;
        }

        OriginResult first = trees[0].Result;
        return new FeatureImportance(
            first.Architecture, first.Vectorization, first.Kind, trees.Average(fit => fit.Result.Auc),
            [.. slots.Zip(shares).OrderByDescending(slot => slot.Second).ThenBy(slot => slot.First, StringComparer.Ordinal).Take(Shown)]);
    }

    public static string[] SlotNames(IDataView vectors)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        vectors.Schema[ZooColumns.Features].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
