using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>The column of features: its type, its slot names, its shape, and the numbers that go into it.</summary>
internal static class FeatureColumns
{
    public static AddedColumn Create(string name, IReadOnlyList<string> slots) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, slots.Count), ZooAnnotations.ForSlots(slots));

    /// <summary>The shape with a column of features of that name in it.</summary>
    public static SchemaShape Append(SchemaShape input, string name)
    {
        SchemaShape.Column slots = new SchemaShape.Column(
            ZooAnnotations.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);
        SchemaShape.Column column = new SchemaShape.Column(
            name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape([slots]));
        return new SchemaShape([.. input.Where(other => other.Name != name), column]);
    }

    /// <summary>The number as a <see cref="float"/>; what is beyond its range becomes its largest, so that no feature is infinite.</summary>
    public static float Narrow(double value) => (float)Math.Clamp(value, -float.MaxValue, float.MaxValue);

    /// <summary>The numbers as <see cref="float"/>, narrowed one by one.</summary>
    public static void Narrow(ReadOnlySpan<double> values, Span<float> destination)
    {
        for (int i = 0; i < values.Length; i++)
            destination[i] = Narrow(values[i]);
    }

    /// <summary>Whether exactly one or more of the known flags is set.</summary>
    public static bool IsKnown<T>(T flags, T all)
        where T : struct, Enum =>
        Convert.ToUInt64(flags) is ulong bits and not 0 && (bits & ~Convert.ToUInt64(all)) == 0 && BitOperations.PopCount(bits) > 0;
}

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
