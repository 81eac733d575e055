using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Engine.Tests.Transforms;

public class TransformTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void ConcatenationNamesItsSlots()
    {
        var data = Rows();
        var view = _ml.Transforms.Concatenate("F", "A", "C", "B").Append(_ml.Transforms.Concatenate("G", "F", "A")).Append(_ml.Transforms.NormalizeMinMax("N", "G"))
            .Append(_ml.Transforms.Concatenate("Alone", "N")).Fit(data).Transform(data);

        Assert.Equal(["A", "", "", "B"], Slots(view, "F"));
        Assert.Equal(["F.A", "", "", "F.B", "A"], Slots(view, "G"));
        Assert.Equal(["F.A", "", "", "F.B", "A"], Slots(view, "Alone"));
        Assert.True(view.Schema["Alone"].IsNormalized());
        Assert.False(view.Schema["G"].IsNormalized());
        Assert.Equal([[1f, 10, 11, 2], [2f, 20, 21, 4]], view.GetColumn<float[]>("F").Take(2));
    }

    // Figures of Microsoft.ML 5.0; a slot without spread, NaN and infinity become 0.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NormalizingByTheNormalDistributionGivesTheOfficialFigures(bool fixZero)
    {
        float[] values = [1, 2, 3, 4, 10, -5, 0, float.NaN, 7];
        float[] expected = [0.33973986f, 0.42972186f, 0.52353513f, 0.6160533f, 0.9565627f, 0.033592485f, 0.25809416f, 0, 0.8421428f];
        var data = _ml.Data.LoadFromEnumerable(values.Select(value => new Spread { One = value, Two = [value, 5], Three = value * 100.0 }).ToArray());
        var columns = new[] { new InputOutputColumnPair("One"), new InputOutputColumnPair("Two"), new InputOutputColumnPair("Three") };
        var model = _ml.Transforms.NormalizeMeanVariance(columns, useCdf: true, fixZero: fixZero).Fit(data);

        using var stream = new MemoryStream();
        _ml.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        foreach (var view in new[] { model.Transform(data), new MLContext(1).Model.Load(stream, out _).Transform(data) })
        {
            Assert.True(view.Schema["Two"].IsNormalized());
            Assert.All(view.GetColumn<float>("One").Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
            Assert.All(view.GetColumn<double>("Three").Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
            Assert.All(view.GetColumn<float[]>("Two").Zip(expected), pair => Assert.Equal(pair.Second, pair.First[0], 1e-6));
            Assert.All(view.GetColumn<float[]>("Two"), row => Assert.Equal(0, row[1]));
        }
        var infinite = _ml.Data.LoadFromEnumerable([new Spread { One = float.PositiveInfinity, Two = [float.NegativeInfinity, 5] }]);
        Assert.Equal([0f], model.Transform(infinite).GetColumn<float>("One"));
    }

    [Fact]
    public void AnAddedColumnStandsBesideTheOneItHides()
    {
        var data = Rows();
        var view = _ml.Transforms.Concatenate("A", "A", "B").Append(_ml.Transforms.CopyColumns("Z", "A")).Fit(data).Transform(data);
        Assert.Equal(["A (hidden)", "A", "B", "C", "Text", "Z"], view.Schema.Select(column => column.Name + (column.IsHidden ? " (hidden)" : "")));
        Assert.Equal([1f, 2], view.GetColumn<float[]>("Z").First());
    }

    [Fact]
    public void SelectingKeepsTheOrderAskedForAndDroppingTheOrderThereIs()
    {
        var data = Rows();
        Assert.Equal(["C", "A"], _ml.Transforms.SelectColumns("C", "A").Fit(data).Transform(data).Schema.Select(column => column.Name));
        var hiding = _ml.Transforms.CopyColumns("A", "B").Fit(data).Transform(data);
        Assert.Equal(2, _ml.Transforms.SelectColumns(["A"], keepHidden: true).Fit(hiding).Transform(hiding).Schema.Count);
        Assert.Equal(["A", "Text"], _ml.Transforms.DropColumns("B", "C").Fit(data).Transform(data).Schema.Select(column => column.Name));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.DropColumns("Nope").Fit(data));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.SelectColumns("Nope").Fit(data));
    }

    [Fact]
    public void ItemsOfDifferentTypesAreNotConcatenated()
    {
        var data = Rows();
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.Concatenate("F", "A", "Text").Fit(data).Transform(data));
        Assert.Contains("'Text': expected Single, got String", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.Concatenate("F").Fit(data));
    }

    [Theory]
    [InlineData(ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, new[] { "b", "a", "B" }, new uint[] { 1, 2, 0, 3, 1 })]
    [InlineData(ValueToKeyMappingEstimator.KeyOrdinality.ByValue, new[] { "B", "a", "b" }, new uint[] { 3, 2, 0, 1, 3 })]
    public void ValuesBecomeKeysAndKeysValues(ValueToKeyMappingEstimator.KeyOrdinality order, string[] values, uint[] keys)
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { "b", "a", "", "B", "b" }.Select(text => new Row { Text = text }));
        var view = _ml.Transforms.Conversion.MapValueToKey("Key", "Text", keyOrdinality: order).Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key"))
            .Fit(data).Transform(data);

        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Key"].GetKeyValues(ref names);
        Assert.Equal(values, names.DenseValues().Select(name => $"{name}"));
        Assert.Equal(keys, view.GetColumn<uint>("Key"));
        Assert.Equal(["b", "a", "", "B", "b"], view.GetColumn<string>("Back"));
    }

    [Fact]
    public void AValueNotSeenIsAMissingKey()
    {
        var model = _ml.Transforms.Conversion.MapValueToKey("Key", "Text").Fit(_ml.Data.LoadFromEnumerable(new[] { new Row { Text = "a" } }));
        Assert.Equal([0u], model.Transform(_ml.Data.LoadFromEnumerable(new[] { new Row { Text = "b" } })).GetColumn<uint>("Key"));
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.Conversion.MapKeyToValue("Back", "A").Fit(Rows()).Transform(Rows()));
    }

    [Fact]
    public void NumbersConvertWhereTheOfficialPackageConvertsThem()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row { A = 2.5f, Text = "12.5" }, new Row { A = float.NaN, Text = "abc" }, new Row { A = 0, Text = "" } });
        IDataView Convert(string column, DataKind kind) => _ml.Transforms.Conversion.ConvertType("O", column, kind).Fit(data).Transform(data);

        Assert.Equal([2.5, double.NaN, 0], Convert("A", DataKind.Double).GetColumn<double>("O"));
        Assert.Equal(["2.5", "NaN", "0"], Convert("A", DataKind.String).GetColumn<string>("O"));
        Assert.Equal([true, true, false], Convert("A", DataKind.Boolean).GetColumn<bool>("O"));
        Assert.Equal([12.5f, float.NaN, 0], Convert("Text", DataKind.Single).GetColumn<float>("O"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Convert("A", DataKind.Int32));
        Assert.Throws<InvalidOperationException>(() => Convert("Text", DataKind.Int32).GetColumn<int>("O").ToArray());
    }

    [Fact]
    public void NormalizersPassOverWhatIsNotFiniteAndMapConstantsToZero()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row { C = [1, 3] }, new Row { C = [float.NaN, 3] }, new Row { C = [4, 3] } });
        var model = _ml.Transforms.NormalizeMeanVariance("C", fixZero: false).Fit(data);
        var parameters = Assert.IsType<NormalizingTransformer.AffineNormalizerModelParameters<System.Collections.Immutable.ImmutableArray<float>>>(model.GetNormalizerModelParameters(0));

        Assert.Equal([2.5f, 0], parameters.Offset.ToArray());
        Assert.Equal(1 / 1.5f, parameters.Scale[0], 6);
        Assert.Equal(0, parameters.Scale[1]);
        Assert.Equal([-1f, 0], model.Transform(data).GetColumn<float[]>("C").First());
        Assert.Throws<ArgumentOutOfRangeException>(() => model.GetNormalizerModelParameters(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.NormalizeMinMax("Text").Fit(data));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.NormalizeMinMax("C", maximumExampleCount: 1));
    }

    [Fact]
    public void NormalizersFitNothingAndOneRow()
    {
        foreach (int rows in new[] { 0, 1 })
        {
            var data = _ml.Data.TakeRows(Rows(), 1);
            var fitted = rows == 0 ? _ml.Data.SkipRows(data, 1) : data;
            foreach (IEstimator<ITransformer> estimator in new IEstimator<ITransformer>[] { _ml.Transforms.NormalizeMinMax("C"), _ml.Transforms.NormalizeMeanVariance("C") })
                Assert.Equal([0f, 0], estimator.Fit(fitted).Transform(data).GetColumn<float[]>("C").Single());
        }
    }

    [Fact]
    public void AVectorOfAnotherLengthThanTheSchemaSaysIsRefused()
    {
        var data = _ml.Data.LoadFromEnumerable(new[] { new Row { C = [1, 2, 3] } });
        Assert.ThrowsAny<InvalidOperationException>(() => _ml.Transforms.NormalizeMinMax("C").Fit(data));
        var view = _ml.Transforms.Concatenate("F", "C", "A").Fit(data).Transform(data);
        Assert.ThrowsAny<InvalidOperationException>(() => view.GetColumn<float[]>("F").ToArray());
    }

    [Fact]
    public void PrincipalComponentsAreThoseOfTheCovariance()
    {
        var random = new Random(5);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 300).Select(_ => random.NextSingle()).Chunk(3).Select(u => new Row { C = [3 * u[0] + u[1], u[0] - 2 * u[1]] }).ToList());

        float[][] projected = [.. _ml.Transforms.ProjectToPrincipalComponents("P", "C", rank: 2).Fit(data).Transform(data).GetColumn<float[]>("P")];
        float[][] original = [.. data.GetColumn<float[]>("C")];

        double Second(float[][] rows, int i, int j)
        {
            double a = rows.Average(row => (double)row[i]), b = rows.Average(row => (double)row[j]);
            return rows.Average(row => (row[i] - a) * (row[j] - b));
        }
        double trace = Second(original, 0, 0) + Second(original, 1, 1), determinant = (Second(original, 0, 0) * Second(original, 1, 1)) - Math.Pow(Second(original, 0, 1), 2);
        double largest = (trace + Math.Sqrt((trace * trace) - (4 * determinant))) / 2;
        // The official package centres by mean·(n+1)/n in its second pass: hence the tolerance.
        Assert.Equal(largest, Second(projected, 0, 0), 0.02 * largest);
        Assert.Equal(trace - largest, Second(projected, 1, 1), 0.02 * largest);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ProjectToPrincipalComponents("P", "C", rank: 3).Fit(data));
    }

    [Fact]
    public void APredictionEngineMapsOneObjectAtATime()
    {
        var model = _ml.Transforms.CustomMapping<In, Out>((source, target) => target.Double = source.A * 2, null).Fit(Rows());
        using var engine = _ml.Model.CreatePredictionEngine<In, Out>(model);

        Assert.Equal(6, engine.Predict(new In { A = 3 }).Double);
        Assert.Equal(8, engine.Predict(new In { A = 4 }).Double);
        Assert.Throws<ArgumentNullException>(() => engine.Predict(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<In, Missing>(model, ignoreMissingColumns: false));
    }

    [Fact]
    public void TheShapeForetoldIsTheSchemaThatComes()
    {
        var pipeline = _ml.Transforms.Concatenate("F", "A", "C").Append(_ml.Transforms.NormalizeMinMax("N", "F")).Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Text"))
            .Append(_ml.Transforms.NormalizeLpNorm("L", "N"));
        // A first estimator's shape is that of the data it is fitted on; a chain asks each in turn.
        var shape = ShapeOf(pipeline, Rows());
        var schema = pipeline.Fit(Rows()).Transform(Rows()).Schema;

        Assert.Equal(schema.Where(column => !column.IsHidden).Select(column => column.Name).Order(), shape.Select(column => column.Name).Order());
        foreach (var column in shape)
            Assert.Equal(
                schema[column.Name].Annotations.Schema.Select(annotation => annotation.Name).Order(),
                column.Annotations.Select(annotation => annotation.Name).Order());
    }

    private static SchemaShape ShapeOf(IEstimator<ITransformer> estimator, IDataView data)
    {
        var create = typeof(SchemaShape).GetMethod("Create", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        return estimator.GetOutputSchema((SchemaShape)create.Invoke(null, [data.Schema])!);
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(Enumerable.Range(1, 4).Select(i => new Row { A = i, B = 2 * i, C = [10 * i, (10 * i) + 1], Text = $"t{i % 2}" }).ToList());

    private static IEnumerable<string> Slots(IDataView view, string column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => $"{name}")];
    }

    private sealed class Row
    {
        public float A { get; set; }

        public float B { get; set; }

        [VectorType(2)]
        public float[] C { get; set; } = new float[2];

        public string Text { get; set; } = "";
    }

    private sealed class In
    {
        public float A { get; set; }
    }

    private sealed class Out
    {
        public float Double { get; set; }
    }

    private sealed class Missing
    {
        public float Nope { get; set; }
    }

    private sealed class Spread
    {
        public float One { get; set; }

        [VectorType(2)]
        public float[] Two { get; set; } = [];

        public double Three { get; set; }
    }
}
