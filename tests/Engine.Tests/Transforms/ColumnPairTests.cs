using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Transforms;

/// <summary>Transforms of several columns at once give what they give one by one.</summary>
public sealed class ColumnPairTests
{
    private static readonly InputOutputColumnPair[] _pairs = [new("A2", "A"), new("B")];
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Normalizers()
    {
        Same(_ml.Transforms.NormalizeMinMax(_pairs), _ml.Transforms.NormalizeMinMax("A2", "A"), _ml.Transforms.NormalizeMinMax("B"));
        Same(_ml.Transforms.NormalizeMeanVariance(_pairs), _ml.Transforms.NormalizeMeanVariance("A2", "A"), _ml.Transforms.NormalizeMeanVariance("B"));
    }

    [Fact]
    public void Conversions()
    {
        var conversion = _ml.Transforms.Conversion;
        var keyed = conversion.MapValueToKey(_pairs).Append(conversion.MapKeyToValue(_pairs.Select(pair => new InputOutputColumnPair(pair.OutputColumnName)).ToArray()));

        Same(conversion.ConvertType(_pairs), conversion.ConvertType("A2", "A"), conversion.ConvertType("B"));
        Same(keyed, _ml.Transforms.CopyColumns("A2", "A"), _ml.Transforms.CopyColumns("B", "B"));
    }

    private void Same(IEstimator<ITransformer> together, IEstimator<ITransformer> first, IEstimator<ITransformer> second)
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(i => new Row { A = i, B = 3 - (i * i) }));
        var (one, many) = (first.Append(second).Fit(data).Transform(data), together.Fit(data).Transform(data));

        Assert.Equal(one.GetColumn<float>("A2"), many.GetColumn<float>("A2"));
        Assert.Equal(one.GetColumn<float>("B"), many.GetColumn<float>("B"));
    }

    private sealed class Row
    {
        public float A { get; set; }

        public float B { get; set; }
    }
}
