using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>What a mapped row and a mapped cursor share: which output columns are active, and their getters.</summary>
internal sealed class MappedColumns
{
    private readonly RowBinding _binding;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Delegate?[] _getters;

    public MappedColumns(RowBinding binding, DataViewRow input, IEnumerable<DataViewSchema.Column> needed, Delegate?[]? getters = null)
    {
        _binding = binding;
        _input = input;
        _active = new bool[binding.Output.Count];
        var columns = needed as IReadOnlyCollection<DataViewSchema.Column> ?? [.. needed];
        foreach (DataViewSchema.Column column in columns)
            _active[column.Index] = true;
        _getters = getters ?? binding.CreateGetters(input, binding.ActiveAdded(columns));
    }

    public bool IsActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsActive(column))
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this row.");
        if (column.Index < _binding.Input.Count)
            return _input.GetGetter<TValue>(_binding.Input[column.Index]);
        return _getters[column.Index - _binding.Input.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}' in column '{column.Name}'.");
    }
}
