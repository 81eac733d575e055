using System.Numerics.Tensors;
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
            && Equals(layout.Wiring, other.Wiring) && layout.Tensors.SequenceEqual(other.Tensors));

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

/// <summary>Reads the weights of a cursor's current row with their layout, checked. Owns its buffers: one object a cursor.</summary>
internal sealed class WeightsReader
{
    /// <summary>Beyond this many layouts in one view those kept are dropped, so that memory stays bounded.</summary>
    private const int MaxLayouts = 256;

    private readonly WeightsInput _input;
    private readonly DataViewRow _row;
    private readonly ValueGetter<VBuffer<float>>? _weights;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _layouts;
    private readonly Dictionary<string, WeightLayout> _parsed = new(StringComparer.Ordinal);
    private VBuffer<float> _buffer;
    private float[] _dense = [];
    private ReadOnlyMemory<char> _text;

    public WeightsReader(WeightsInput input, DataViewRow row, bool layoutsOnly = false)
    {
        _input = input;
        _row = row;
        if (!layoutsOnly)
            _weights = row.GetGetter<VBuffer<float>>(row.Schema[input.Weights.Index]);
        if (input.Layouts is { } layouts)
            _layouts = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[layouts.Index]);
    }

    /// <summary>The current row's weights, valid until the next call, and their layout.</summary>
    /// <exception cref="InvalidDataException">They are of another length than the layout has, or not finite; or the row's layout is malformed.</exception>
    public ReadOnlySpan<float> Read(out WeightLayout layout)
    {
        layout = ReadLayout();
        _weights!(ref _buffer);
        ReadOnlySpan<float> weights = _buffer.GetValues();
        if (!_buffer.IsDense)
        {
            if (_dense.Length < _buffer.Length)
                _dense = new float[_buffer.Length];
            Span<float> dense = _dense.AsSpan(0, _buffer.Length);
            dense.Clear();
            ReadOnlySpan<int> indices = _buffer.GetIndices();
            for (int i = 0; i < indices.Length; i++)
                dense[indices[i]] = weights[i];
            weights = dense;
        }

        if (weights.Length != layout.Length)
            throw new InvalidDataException($"Row {_row.Position} of column '{_input.Weights.Name}' has {weights.Length} values; its layout has {layout.Length} ({layout}).");
        // One pass of memory: the sum of squares is finite only where all values are. Where large ones overflow it, each is looked at.
        if (TensorPrimitives.Dot(weights, weights) is not (>= 0 and < float.PositiveInfinity))
            RequireFinite(weights, layout);
        return weights;
    }

    /// <summary>The current row's layout.</summary>
    /// <exception cref="InvalidDataException">It is malformed, or an empty text where no layout was fitted or given.</exception>
    public WeightLayout ReadLayout()
    {
        if (_input.Layout is { } layoutOfAll)
            return layoutOfAll;
        _layouts!(ref _text);
        if (_text.Span.IsWhiteSpace())
        {
            return _input.Otherwise ?? throw new InvalidDataException(
                $"Row {_row.Position} of column '{_input.Layouts!.Value.Name}' says no layout, and none is in the options.");
        }

        Dictionary<string, WeightLayout>.AlternateLookup<ReadOnlySpan<char>> lookup = _parsed.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(_text.Span, out WeightLayout? known))
            return known;
        WeightLayout layout;
        try
        {
            layout = WeightLayout.Parse(_text.ToString());
        }
        catch (FormatException error)
        {
            // Without an inner exception: behind ML.NET's cursors this one has to be the base exception.
            throw new InvalidDataException($"Row {_row.Position} of column '{_input.Layouts!.Value.Name}': {error.Message}");
        }

        if (_parsed.Count >= MaxLayouts)
            _parsed.Clear();
        _parsed.Add(_text.ToString(), layout);
        return layout;
    }

    private void RequireFinite(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        for (int i = 0; i < layout.Tensors.Count; i++)
        {
            ReadOnlySpan<float> values = layout.Slice(weights, i);
            if (FiniteNumbers.IndexOfOther(values) is >= 0 and int j)
                throw new InvalidDataException($"Row {_row.Position} of column '{_input.Weights.Name}' holds {values[j]} at {j} of '{layout.Tensors[i].Name}'; expected finite weights.");
        }
    }
}
