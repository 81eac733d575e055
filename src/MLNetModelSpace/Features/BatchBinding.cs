using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>
/// A transformer from models' weights to one vector column, bound to a schema, that computes several rows at a time: cursors read a batch of rows ahead, single rows
/// are batchs of one. The numbers are the same.
/// </summary>
internal sealed class BatchBinding(DataViewSchema input, AddedColumn added, WeightsInput source, Func<bool, BatchEvaluator> createEvaluator,
    Func<RowReport>? createReport = null, CancellationToken cancel = default)
    : RowBinding(input, [added], source.Columns.Select(column => column.Index))
{
    public CancellationToken Cancellation => cancel;

    /// <param name="single">Whether batchs will be single rows.</param>
    public BatchEvaluator CreateEvaluator(bool single) => createEvaluator(single);

    /// <summary>Told how a cursor gets on; null where nobody is.</summary>
    public RowReport? CreateReport() => createReport?.Invoke();

    public WeightsReader CreateReader(DataViewRow row) => source.CreateReader(row);

    public ModelRow CreateRow() => new() { Result = new float[((VectorDataViewType)Added[0].Type).Size] };

    public override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active) =>
        active[0] ? [SingleGetter(input, CreateEvaluator(single: true))] : new Delegate?[1];

    public override DataViewRow OpenRow(DataViewRow input, IReadOnlyList<DataViewSchema.Column> needed)
    {
        if (!ActiveAdded(needed)[0])
            return base.OpenRow(input, needed);
        BatchEvaluator evaluator = CreateEvaluator(single: true);
        return new MappedRow(this, input, needed, [SingleGetter(input, evaluator)], evaluator);
    }

    public override DataViewRowCursor OpenCursor(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand) =>
        ActiveAdded(needed)[0] ? new BatchCursor(this, data, needed, rand) : base.OpenCursor(data, needed, rand);

    /// <summary>One cursor: it is parallel by itself.</summary>
    public override DataViewRowCursor[] OpenCursorSet(IDataView data, IReadOnlyList<DataViewSchema.Column> needed, int n, Random? rand) =>
        ActiveAdded(needed)[0] ? [OpenCursor(data, needed, rand)] : base.OpenCursorSet(data, needed, n, rand);

    private ValueGetter<VBuffer<float>> SingleGetter(DataViewRow input, BatchEvaluator evaluator)
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

/// <summary>A row's weights, and the vector that is made of them.</summary>
internal sealed class ModelRow
{
    /// <summary>Where it stands in the view.</summary>
    public long Position { get; set; }

    public WeightLayout Layout { get; set; } = null!;

    public float[] Weights { get; set; } = [];

    /// <summary>As long as the column's vectors.</summary>
    public required float[] Result { get; init; }

    /// <summary>What went wrong with this row alone; thrown when somebody asks for its vector.</summary>
    public Exception? Error { get; set; }

    /// <summary>Reads the row that the reader stands on.</summary>
    public void Read(WeightsReader reader, long position)
    {
        Position = position;
        Error = null;
        try
        {
            ReadOnlySpan<float> weights = reader.Read(out WeightLayout layout);
            Layout = layout;
            if (Weights.Length != weights.Length)
                Weights = new float[weights.Length];
            weights.CopyTo(Weights);
        }
        catch (InvalidDataException error)
        {
            Error = error;
        }
    }

    /// <summary>The vector.</summary>
    /// <exception cref="InvalidDataException">What <see cref="Error"/> says.</exception>
    public ReadOnlySpan<float> GetResult()
    {
        if (Error is { } error)
            ExceptionDispatchInfo.Throw(error);
        return Result;
    }
}

/// <summary>
/// Computes vectors of several models at a time, on threads of our own. A row's numbers depend on the row alone. Owns its buffers: used by one thread at a time.
/// </summary>
internal abstract class BatchEvaluator : IDisposable
{
    /// <summary>Rows at a time that keep all threads busy.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Fills in each row's result, or its error.</summary>
    /// <param name="rows">Rows without an error.</param>
    public abstract void Evaluate(IReadOnlyList<ModelRow> rows);

    public abstract void Dispose();
}
