using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests;

/// <summary>The exceptions of <c>errors.json</c>: the same types, and messages that say the same thing.</summary>
public partial class ErrorsTests
{
    private readonly MLContext _ml = new(1);

    [ErrorCaseFact("Concatenate of a missing column, Fit")]
    public void ConcatenateOfAMissingColumnFits() =>
        Check("Concatenate of a missing column, Fit", () => _ml.Transforms.Concatenate("All", "Nope").Fit(Rows()));

    [ErrorCaseFact("NormalizeMinMax of a missing column, Fit")]
    public void NormalizeOfAMissingColumn() =>
        Check("NormalizeMinMax of a missing column, Fit", () => _ml.Transforms.NormalizeMinMax("Nope").Fit(Rows()));

    [ErrorCaseFact("Transform of a schema with another vector size")]
    public void TransformOfAnotherVectorSize() => Check("Transform of a schema with another vector size", () =>
    {
        var other = _ml.Data.LoadFromEnumerable(new[] { new ShortRow { Features = [1, 2] } });
        var model = _ml.Transforms.NormalizeMinMax("Features").Fit(Rows());
        return model.Transform(other).GetColumn<float[]>("Features").ToArray();
    });

    [ErrorCaseFact("Model.Load of a missing file")]
    public void LoadOfAMissingFile() => Check("Model.Load of a missing file", () => _ml.Model.Load(Path.Combine(Path.GetTempPath(), "no-such-file.zip"), out _));

    [ErrorCaseFact("Model.Load of a file that is no zip")]
    public void LoadOfNoZip() => Check("Model.Load of a file that is no zip", () =>
    {
        using var stream = new MemoryStream("this is not a zip archive"u8.ToArray());
        return _ml.Model.Load(stream, out _);
    });

    [ErrorCaseFact("GetColumn of another type")]
    public void GetColumnOfAnotherType() => Check("GetColumn of another type", () => Rows().GetColumn<int>("Label").ToArray());

    [ErrorCaseFact("CreateEnumerable with a missing column")]
    public void CreateEnumerableWithAMissingColumn() =>
        Check("CreateEnumerable with a missing column", () => _ml.Data.CreateEnumerable<Scored>(Rows(), reuseRowObject: false).ToArray());

    [ErrorCaseFact("cursor getter of an inactive column")]
    public void GetterOfAnInactiveColumn() => Check("cursor getter of an inactive column", () =>
    {
        var rows = Rows();
        using var cursor = rows.GetRowCursor([rows.Schema["Label"]]);
        return cursor.GetGetter<float>(rows.Schema["Target"]);
    });

    [ErrorCaseFact("LoadFromEnumerable of a vector without VectorType")]
    public void VectorWithoutASizeIsOfVariableSize()
    {
        string type = _ml.Data.LoadFromEnumerable(new[] { new LooseRow { Features = [1, 2] } }).Schema["Features"].Type.ToString()!;

        using var figures = Conformance.Open(ErrorCaseFactAttribute.ErrorsFile);
        Assert.Equal(figures.RootElement.GetProperty("LoadFromEnumerable of a vector without VectorType").GetProperty("Message").GetString(), $"type: {type}");
    }

    [ErrorCaseFact("vector longer than VectorType says")]
    public void VectorLongerThanItsTypeLoads() => Check("vector longer than VectorType says", () =>
        _ml.Data.LoadFromEnumerable(new[] { new ShortRow { Features = [1, 2, 3] } }).GetColumn<float[]>("Features").ToArray());

    [ErrorCaseFact("TrainTestSplit fraction 0")]
    public void SplitOfNothing() => Check("TrainTestSplit fraction 0", () => _ml.Data.TrainTestSplit(Rows(), 0).TrainSet);

    [ErrorCaseFact("TrainTestSplit fraction 1.5")]
    public void SplitOfMoreThanAll() => Check("TrainTestSplit fraction 1.5", () => _ml.Data.TrainTestSplit(Rows(), 1.5).TrainSet);

    internal IDataView Rows(int count = 40) => _ml.Data.LoadFromEnumerable(TrainRow.Make(count));

    /// <summary>Runs a case and holds what it throws, or that it throws nothing, to the figures.</summary>
    internal static void Check(string name, Func<object> run, [CallerMemberName] string caller = "")
    {
        using var figures = Conformance.Open(ErrorCaseFactAttribute.ErrorsFile);
        var expected = figures.RootElement.GetProperty(name);
        var error = Record.Exception(() => { run(); });
        if (expected.ValueKind == System.Text.Json.JsonValueKind.String)
        {
            Assert.True(error is null, $"{caller}: expected {expected.GetString()}, got {error}");
            return;
        }
        Assert.True(error is not null, $"{caller}: expected {expected}, got no error");
        Assert.Equal(expected.GetProperty("Exception").GetString(), error.GetType().FullName);
        string message = expected.GetProperty("Message").GetString()!;
        // The official package's worker threads wrap what a row throws; the type is what tells.
        if (!message.StartsWith("Splitter/consolidator", StringComparison.Ordinal))
            Assert.Equal(message, error.Message.Replace(Path.TrimEndingDirectorySeparator(Path.GetTempPath()), "FOLDER"));
    }

    private sealed class ShortRow
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class LooseRow
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}

/// <summary>The row of the reference figures.</summary>
internal sealed class TrainRow
{
    [VectorType(12)]
    public float[] Features = new float[12];

    public bool Label;

    public float Target;

    public static TrainRow[] Make(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var features = Enumerable.Range(0, 12).Select(_ => random.NextSingle()).ToArray();
            return new TrainRow { Features = features, Label = features[0] + features[1] > 1, Target = features[2] };
        })];
    }
}
