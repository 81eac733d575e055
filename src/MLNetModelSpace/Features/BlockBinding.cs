using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>
/// A transformer from models' weights to one vector column, bound to a schema, that computes several rows at a time: cursors read a block of rows ahead, single rows
/// are blocks of one. The numbers are the same.
/// </summary>
internal sealed class BlockBinding(DataViewSchema input, AddedColumn added, WeightsInput source, Func<bool, BlockEvaluator> createEvaluator, CancellationToken cancel = default)
    : RowBinding(input, [added], source.Columns.Select(column => column.Index))
{
    public CancellationToken Cancellation => cancel;

    /// <param name="single">Whether blocks will be single rows.</param>
    public BlockEvaluator CreateEvaluator(bool single) => createEvaluator(single);

    public WeightsReader CreateReader(DataViewRow row) => source.CreateReader(row);

    public ModelRow CreateRow() => new() { Result = new float[((VectorDataViewType)Added[0].Type).Size] };

    public override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active) =>
        active[0] ? [SingleGetter(input, CreateEvaluator(single: true))] : new Delegate?[1];

    public override DataViewRow OpenRow(DataViewRow input, IReadOnlyList<DataViewSchema.Column> needed)
    {
        if (!ActiveAdded(needed)[0])
            return base.OpenRow(input, needed);
        BlockEvaluator evaluator = CreateEvaluator(single: true);
        return new MappedRow(this, input, needed, [SingleGetter(input, evaluator)], evaluator);
    }

    public override DataViewRowCursor OpenCursor(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand) =>
        ActiveAdded(needed)[0] ? new BlockCursor(this, data, needed, rand) : base.OpenCursor(data, needed, rand);

    /// <summary>One cursor: it is parallel by itself.</summary>
    public override DataViewRowCursor[] OpenCursorSet(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, int n, Random? rand) =>
        ActiveAdded(needed)[0] ? [OpenCursor(data, needed, rand)] : base.OpenCursorSet(data, needed, n, rand);

    private ValueGetter<VBuffer<float>> SingleGetter(DataViewRow input, BlockEvaluator evaluator)
    {
        WeightsReader reader = CreateReader(input);
        ModelRow row = CreateRow();
        return (ref VBuffer<float> value) =>
        {
            cancel.ThrowIfCancellationRequested();
            row.Read(reader, input.Position);
            if (row.Error is null)
                evaluator.Evaluate([row]);
            Give(row, ref value);
        };
    }

    /// <summary>Copies a row's vector out.</summary>
    public static void Give(ModelRow row, ref VBuffer<float> value)
    {
        ReadOnlySpan<float> result = row.GetResult();
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, result.Length);
        result.CopyTo(editor.Values);
        value = editor.Commit();
    }
}
