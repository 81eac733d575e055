using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

public class SplitConformanceTests
{
    private const string File = "microsoft.ml-5.0.0/split.json";
    private readonly MLContext _ml = new();

    [ConformanceFact(File)]
    public void RowsFallOnTheOfficialSides()
    {
        using var figures = Conformance.Open(File);
        string note = figures.RootElement.GetProperty("note").GetString()!;
        int[] train = Ids(figures.RootElement.GetProperty("train")), test = Ids(figures.RootElement.GetProperty("test"));
        double fraction = double.Parse(Regex.Match(note, @"fraction ([\d.]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        int seed = int.Parse(Regex.Match(note, @"seed (-?\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        var rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, train.Length + test.Length).Select(id => new Row { Id = id }));

        var split = _ml.Data.TrainTestSplit(rows, fraction, seed: seed);

        Assert.Equal(train, split.TrainSet.GetColumn<int>("Id"));
        Assert.Equal(test, split.TestSet.GetColumn<int>("Id"));
    }

    [Theory]
    [InlineData(42, new[] { 5, 6, 18, 20, 28, 37, 44, 45, 46, 48 })]
    [InlineData(-3, new[] { 6, 7, 9, 16, 20, 25, 26, 31, 44, 47, 48, 52, 55, 56 })]
    public void OtherSeedsGiveWhatTheOfficialPackageGave(int seed, int[] test) =>
        Assert.Equal(test, _ml.Data.TrainTestSplit(Rows(60), 0.25, seed: seed).TestSet.GetColumn<int>("Id"));

    [Fact]
    public void WithoutASeedTheContextsServes() =>
        Assert.Equal(
            _ml.Data.TrainTestSplit(Rows(60), 0.25, seed: 5).TestSet.GetColumn<int>("Id"),
            new MLContext(5).Data.TrainTestSplit(Rows(60), 0.25).TestSet.GetColumn<int>("Id"));

    [Theory]
    [InlineData("Key", null, new[] { 0, 1, 7, 8, 14, 15, 21, 22, 28, 29 })]
    [InlineData("Text", null, new[] { 0, 3, 6, 7, 10, 13, 14, 17, 20, 21, 24, 27, 28 })]
    [InlineData("Text", 3, new[] { 4, 11, 18, 25 })]
    [InlineData("Number", null, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 })]
    [InlineData("Id", 3, new[] { 3, 4, 7, 23, 27 })]
    public void RowsOfOneSamplingKeyFallAsInTheOfficialPackage(string column, int? seed, int[] test) =>
        Assert.Equal(test, _ml.Data.TrainTestSplit(Rows(30), 0.3, column, seed).TestSet.GetColumn<int>("Id"));

    [Fact]
    public void FoldsAreDisjointAndTogetherAllRows()
    {
        var folds = _ml.Data.CrossValidationSplit(Rows(50), numberOfFolds: 5, samplingKeyColumnName: "Key", seed: 1);

        Assert.Equal(Enumerable.Range(0, 50), folds.SelectMany(fold => fold.TestSet.GetColumn<int>("Id")).Order());
        foreach (var fold in folds)
            Assert.Empty(fold.TrainSet.GetColumn<uint>("Key").Intersect(fold.TestSet.GetColumn<uint>("Key")));
    }

    [Fact]
    public void TheSplitLeavesNoColumnBehind() =>
        Assert.Equal(["Id", "Key", "Text", "Number"], _ml.Data.TrainTestSplit(Rows(4), samplingKeyColumnName: "Text").TrainSet.Schema.Select(column => column.Name));

    [Fact]
    public void AMissingSamplingKeyIsNamed()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(Rows(4), samplingKeyColumnName: "Nope"));
        Assert.Contains("'Nope'", error.Message);
    }

    [Fact]
    public void OneFoldIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CrossValidationSplit(Rows(4), numberOfFolds: 1));

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(
        Enumerable.Range(0, count).Select(id => new Row { Id = id, Key = (uint)(id % 7), Text = $"s{id % 7}", Number = id * 0.1f }));

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];

    private sealed class Row
    {
        public int Id;

        [KeyType(7)]
        public uint Key;

        public string Text = "";

        public float Number;
    }
}
