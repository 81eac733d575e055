using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class NormalizationCatalog
{
    private const long DefaultExampleCount = 1000000000;

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null, long maximumExampleCount = DefaultExampleCount, bool fixZero = true) =>
        new(catalog.Environment, NormalizerKind.MinMax, fixZero, maximumExampleCount, (outputColumnName, inputColumnName ?? outputColumnName));

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog, InputOutputColumnPair[] columns, long maximumExampleCount = DefaultExampleCount, bool fixZero = true) =>
        new(catalog.Environment, NormalizerKind.MinMax, fixZero, maximumExampleCount, InputOutputColumnPair.ToPairs(columns));

    /// <summary>Scales to unit variance or, with <paramref name="useCdf"/>, gives the share of a normal distribution below each value.</summary>
    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName = null, long maximumExampleCount = DefaultExampleCount, bool fixZero = true, bool useCdf = false) =>
        new(catalog.Environment, KindOf(useCdf), fixZero, maximumExampleCount, (outputColumnName, inputColumnName ?? outputColumnName));

    /// <inheritdoc cref="NormalizeMeanVariance(TransformsCatalog, string, string, long, bool, bool)"/>
    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog, InputOutputColumnPair[] columns, long maximumExampleCount = DefaultExampleCount, bool fixZero = true, bool useCdf = false) =>
        new(catalog.Environment, KindOf(useCdf), fixZero, maximumExampleCount, InputOutputColumnPair.ToPairs(columns));

    public static LpNormNormalizingEstimator NormalizeLpNorm(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        LpNormNormalizingEstimatorBase.NormFunction norm = LpNormNormalizingEstimatorBase.NormFunction.L2,
        bool ensureZeroMean = false) =>
        new(catalog.Environment, outputColumnName, inputColumnName ?? outputColumnName, norm, ensureZeroMean);

    private static NormalizerKind KindOf(bool useCdf) =>
        useCdf ? NormalizerKind.CumulativeDistribution : NormalizerKind.MeanVariance;
}
