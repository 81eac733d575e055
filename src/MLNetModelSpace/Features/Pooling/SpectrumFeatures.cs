using System.Globalization;

namespace MLNetModelSpace.Features;

/// <summary>
/// The singular values of a matrix of any size as so many numbers: read at even places from the largest to the smallest, with linear
/// interpolation between neighbours.
/// </summary>
internal sealed class SpectrumFeatures : LayerFeatures
{
    private const int Places = 9;

    public override WeightFeatures Family => WeightFeatures.SingularValues;

    public override int CountOf(TensorLayout tensor) => tensor.Length == 0 ? 0 : Places;

    public override string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"σ at {index * 100.0 / (Places - 1)}%");

    public override LayerEvaluator CreateEvaluator() => new Evaluator();

    public override void Write(BinaryWriter writer)
    {
    }

    private sealed class Evaluator : LayerEvaluator
    {
        private readonly SingularValues _solver = new();
        private double[] _values = [];

        public override void Evaluate(int position, TensorLayout tensor, ReadOnlySpan<float> values, Span<float> destination)
        {
            (int rows, int columns) = tensor.AsMatrix;
            int count = SingularValues.Count(rows, columns);
            if (_values.Length < count)
                _values = new double[count];
            _solver.Fast(values, rows, columns, _values);
            for (int i = 0; i < destination.Length; i++)
            {
                double place = (double)i * (count - 1) / (destination.Length - 1);
                int below = (int)place;
                int above = Math.Min(below + 1, count - 1);
                destination[i] = FeatureColumns.Narrow(_values[below] + ((place - below) * (_values[above] - _values[below])));
            }
        }
    }
}
