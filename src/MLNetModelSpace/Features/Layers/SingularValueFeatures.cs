using System.Globalization;

namespace MLNetModelSpace.Features;

/// <summary>
/// Singular values of every tensor as a matrix, in descending order (Nikitina et al., 2025, section 4.1): all of them, or so many numbers for a matrix of any size,
/// read at even places from the largest to the smallest, with linear interpolation between neighbours.
/// </summary>
internal sealed class SingularValueFeatures : LayerFeatures
{
    private readonly int? _places;

    /// <summary>All singular values.</summary>
    public SingularValueFeatures()
    {
    }

    private SingularValueFeatures(int places) => _places = places;

    /// <summary>Nine numbers of every matrix, so that layers of any size are pooled.</summary>
    public static SingularValueFeatures Pooled { get; } = new(places: 9);

    public override WeightFeatures Family => WeightFeatures.SingularValues;

    public override int CountOf(TensorLayout tensor)
    {
        (int rows, int columns) = tensor.AsMatrix;
        int all = SingularValues.Count(rows, columns);
        return all == 0 ? 0 : _places ?? all;
    }

    public override string NameOf(int index) =>
        _places is { } places ? string.Create(CultureInfo.InvariantCulture, $"σ at {index * 100.0 / (places - 1)}%") : $"σ{index + 1}";

    public override LayerEvaluator CreateEvaluator() => new Evaluator(_places is not null);

    public override void Write(BinaryWriter writer)
    {
    }

    private sealed class Evaluator(bool atPlaces) : LayerEvaluator
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
            if (!atPlaces)
            {
                FeatureColumns.Narrow(_values.AsSpan(0, count), destination);
                return;
            }

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
