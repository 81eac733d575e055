using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>Where the weights of a view's rows lie and where their layout is said: on the column, in a column, or beforehand.</summary>
internal sealed class WeightsInput
{
    private WeightsInput(DataViewSchema.Column weights, DataViewSchema.Column? layouts, WeightLayout? layout, WeightLayout? otherwise = null)
    {
        Weights = weights;
        Layouts = layouts;
        Layout = layout;
        Otherwise = otherwise;
    }

    public DataViewSchema.Column Weights { get; }

    /// <summary>The text column with each row's layout; null where one layout holds for all rows.</summary>
    public DataViewSchema.Column? Layouts { get; }

    /// <summary>The layout of all rows; null where <see cref="Layouts"/> says it.</summary>
    public WeightLayout? Layout { get; }

    /// <summary>The layout of rows whose text in <see cref="Layouts"/> is empty; null where they have none.</summary>
    public WeightLayout? Otherwise { get; }

    /// <summary>The columns a row is read from.</summary>
    public IEnumerable<DataViewSchema.Column> Columns => Layouts is { } layouts ? [Weights, layouts] : [Weights];

    /// <summary>Finds the weights and their layout.</summary>
    /// <param name="schema">The schema that comes in.</param>
    /// <param name="weightsName">The column of weights.</param>
    /// <param name="layoutsName">The text column with layouts, which need not be there.</param>
    /// <param name="otherwise">The layout of weights that say nothing about it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, no vector of floats, of another size than its layout, or has none.</exception>
    public static WeightsInput Resolve(DataViewSchema schema, string weightsName, string layoutsName, WeightLayout? otherwise)
    {
        DataViewSchema.Column weights = SchemaErrors.RequireFloatVector(schema, weightsName, knownSize: false);
        WeightLayout? layout = ZooAnnotations.GetWeightLayout(weights);
        if (layout is null && schema.GetColumnOrNull(layoutsName) is { } layouts)
        {
            if (layouts.Type is not TextDataViewType)
                throw SchemaErrors.Mismatch(layoutsName, "Text, the layout of each row's weights", layouts.Type.ToString()!, "layout");
            return new WeightsInput(weights, layouts, null, otherwise);
        }

        layout ??= otherwise ?? throw SchemaErrors.Mismatch(
            weightsName,
            $"weights with a layout: an annotation '{ZooAnnotations.WeightLayout}' on it, a text column '{layoutsName}' beside it, or a layout in the options",
            $"{weights.Type} without any");
        if (weights.Type is VectorDataViewType { IsKnownSize: true } vector && vector.Size != layout.Length)
            throw SchemaErrors.Mismatch(weightsName, $"{layout.Length} values ({layout})", $"{vector.Size} values");
        return new WeightsInput(weights, null, layout);
    }

    /// <summary>Refuses weights whose one layout is not the fitted one.</summary>
    public void RequireLayout(WeightLayout fitted)
    {
        if (Layout is { } layout && !Matches(layout, fitted))
            throw SchemaErrors.Mismatch(Weights.Name, $"weights of {fitted}", $"weights of {layout}");
    }

    /// <summary>Whether two layouts describe the same weights; an architecture that is not known matches any.</summary>
    public static bool Matches(WeightLayout layout, WeightLayout other) =>
        ReferenceEquals(layout, other)
        || ((layout.Architecture == other.Architecture || layout.Architecture.Length == 0 || other.Architecture.Length == 0)
            && layout.Tensors.SequenceEqual(other.Tensors));

    /// <summary>The column of layouts alone; none where one layout holds for all rows.</summary>
    public IEnumerable<DataViewSchema.Column> LayoutColumns => Layouts is { } layouts ? [layouts] : [];

    /// <summary>The layout of the first row.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public WeightLayout ReadFirstLayout(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(LayoutColumns);
        return cursor.MoveNext() ? CreateLayoutReader(cursor).ReadLayout() : throw NoRows();
    }

    /// <summary>What there is to say where there are no rows.</summary>
    public InvalidOperationException NoRows() => new($"There is no row to learn from: column '{Weights.Name}' is empty.");

    /// <summary>Reads layouts alone, of a cursor whose weights are not active.</summary>
    public WeightsReader CreateLayoutReader(DataViewRow row) => new(this, row, layoutsOnly: true);

    /// <summary>Reads the weights of a row or of a cursor's rows.</summary>
    public WeightsReader CreateReader(DataViewRow row) => new(this, row);
}
