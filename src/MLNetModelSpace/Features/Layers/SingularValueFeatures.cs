namespace MLNetModelSpace.Features;

/// <summary>Singular values of every tensor as a matrix, in descending order (Nikitina et al., 2025, section 4.1).</summary>
internal sealed class SingularValueFeatures : LayerFeatures
{
    public override WeightFeatures Family => WeightFeatures.SingularValues;

    public override int CountOf(TensorLayout tensor)
    {
        (int rows, int columns) = tensor.AsMatrix;
        return SingularValues.Count(rows, columns);
    }

    public override string NameOf(int index) => $"σ{index + 1}";

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
            if (_values.Length < destination.Length)
                _values = new double[destination.Length];
            (int rows, int columns) = tensor.AsMatrix;
            _solver.Fast(values, rows, columns, _values);
            FeatureColumns.Narrow(_values.AsSpan(0, destination.Length), destination);
        }
    }
}
