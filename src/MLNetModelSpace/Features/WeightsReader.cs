using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

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
            for (int j = 0; j < values.Length; j++)
            {
                if (!float.IsFinite(values[j]))
                    throw new InvalidDataException($"Row {_row.Position} of column '{_input.Weights.Name}' holds {values[j]} at {j} of '{layout.Tensors[i].Name}'; expected finite weights.");
            }
        }
    }
}
