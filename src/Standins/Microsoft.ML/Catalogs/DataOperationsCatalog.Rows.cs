using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        ArgumentNullException.ThrowIfNull(input);
        TakeHost(nameof(Cache));
        return new CacheView(input, columnsToPrefetch);
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (shufflePoolSize <= 0)
            throw new ArgumentOutOfRangeException(nameof(shufflePoolSize), "Must be positive");
        return new ShuffleView(input, seed ?? _env.Root.Register(nameof(ShuffleRows)).Rand.Next(), shufflePoolSize, shuffleSource);
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckPositive(count);
        return new SkipTakeView(input, 0, count);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckPositive(count);
        return new SkipTakeView(input, count, long.MaxValue);
    }

    /// <summary>The rows with a number from <paramref name="lowerBound"/> up to but not including <paramref name="upperBound"/>; NaN is in no range.</summary>
    public IDataView FilterRowsByColumn(IDataView input, string columnName, double lowerBound = double.NegativeInfinity, double upperBound = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(input);
        Errors.CheckNonEmpty(columnName, nameof(columnName));
        if (!(lowerBound < upperBound))
            throw new ArgumentOutOfRangeException(nameof(upperBound), "Must be less than lowerBound");
        var column = input.Schema[columnName];
        if (column.Type is not NumberDataViewType)
            throw Errors.SchemaMismatch(nameof(columnName), "filter", columnName, "number", column.Type.ToString());
        if (column.Type != NumberDataViewType.Single && column.Type != NumberDataViewType.Double)
            throw new ArgumentOutOfRangeException("Column", $"Column '{columnName}' does not have compatible type");
        return new RangeFilterView(input, column, value => value >= lowerBound && value < upperBound);
    }

    /// <summary>Two parts of the data; rows that are equal in the sampling key fall into the same part.</summary>
    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(testFraction > 0 && testFraction < 1))
            throw new ArgumentOutOfRangeException(nameof(testFraction), "Must be between 0 and 1 exclusive");
        var keyed = SplitColumn.Add(_env, data, samplingKeyColumnName, seed, out var split);
        return MakeSplit(keyed, split, 0, testFraction);
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (numberOfFolds <= 1)
            throw new ArgumentOutOfRangeException(nameof(numberOfFolds), "Must be more than 1");
        var keyed = SplitColumn.Add(_env, data, samplingKeyColumnName, seed, out var split);
        double fraction = 1.0 / numberOfFolds;
        var folds = new TrainTestData[numberOfFolds];
        for (int fold = 0; fold < numberOfFolds; fold++)
            folds[fold] = MakeSplit(keyed, split, fold * fraction, fold == numberOfFolds - 1 ? 1 : (fold + 1) * fraction);
        return folds;
    }

    // Every host takes numbers from the context's: what is drawn after it depends on how many came before, as officially.
    private void TakeHost(string name) => _env.Root.Register(name);

    private TrainTestData MakeSplit(IDataView data, DataViewSchema.Column split, double from, double to)
    {
        // The end of the last range is in it, since scaled numbers reach 1. What is not in 0..1 (NaN, a missing key) is in neither part.
        bool InTest(double value) => value >= from && (value < to || (to == 1 && value == 1));
        var test = new RangeFilterView(data, split, InTest);
        var train = new RangeFilterView(data, split, value => value is >= 0 and <= 1 && !InTest(value));
        return new TrainTestData(SplitColumn.Remove(_env, train, split), SplitColumn.Remove(_env, test, split));
    }

    private static void CheckPositive(long count)
    {
        if (count <= 0)
            throw new ArgumentOutOfRangeException(nameof(count), "Must be greater than zero.");
    }

    /// <summary>The parts of a split.</summary>
    public readonly struct TrainTestData
    {
        public readonly IDataView TrainSet;

        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
