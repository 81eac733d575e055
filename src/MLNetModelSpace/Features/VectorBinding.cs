using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>A transformer from weights to a vector of features, bound to a schema.</summary>
internal sealed class VectorBinding(DataViewSchema input, string output, WeightsInput source, Vectorization vectorization)
    : RowBinding(input, [FeatureColumns.Create(output, vectorization.Slots)], source.Columns.Select(read => read.Index))
{
    public override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active) =>
        [active[0] ? CreateGetter(input) : null];

    private ValueGetter<VBuffer<float>> CreateGetter(DataViewRow input)
    {
        WeightsReader reader = source.CreateReader(input);
        VectorEvaluator evaluator = vectorization.CreateEvaluator();
        int count = vectorization.Slots.Count;
        WeightLayout? checkedLayout = vectorization.Layout;
        return (ref VBuffer<float> destination) =>
        {
            ReadOnlySpan<float> weights = reader.Read(out WeightLayout layout);
            if (checkedLayout is not null && !ReferenceEquals(layout, checkedLayout))
            {
                if (!WeightsInput.Matches(layout, vectorization.Layout!))
                    throw new InvalidDataException($"Row {input.Position} has weights of {layout}; the features were fitted to {vectorization.Layout}.");
                checkedLayout = layout;
            }

            VBufferEditor<float> editor = VBufferEditor.Create(ref destination, count);
            evaluator.Evaluate(weights, layout, editor.Values);
            destination = editor.Commit();
        };
    }
}
