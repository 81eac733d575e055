using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>
/// A cursor that computes ahead: while the rows of one batch are given, the next batch is computed. What goes wrong in a row, or in reading it, comes out when its
/// turn comes.
/// </summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    /// <summary>Of the weights of a batch; a single larger row is read all the same.</summary>
    private const long LargestBatchBytes = 64L << 20;

    private readonly BatchBinding _binding;
    private readonly DataViewRowCursor _rows;
    private readonly WeightsReader _reader;
    private readonly RowWindow _window;
    private readonly MappedColumns _columns;
    private readonly BatchEvaluator _evaluator;
    private readonly Stack<ModelRow> _free = [];
    private List<ModelRow> _batch = [];
    private (List<ModelRow> Rows, Task Done)? _next;
    private int _at = -1;
    private long _read;
    private ExceptionDispatchInfo? _failure;
    private bool _done;
    private bool _disposed;

    public BatchCursor(BatchBinding binding, IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand)
    {
        _binding = binding;
        _evaluator = binding.CreateEvaluator(single: false);
        _rows = data.GetRowCursor(binding.GetDependencies(needed), rand);
        _reader = binding.CreateReader(_rows);
        _window = new RowWindow(_rows, needed.Where(column => column.Index < binding.Input.Count), (2 * _evaluator.BatchSize) + 1);
        ValueGetter<VBuffer<float>> get = (ref VBuffer<float> value) => BatchBinding.Give(_batch[_at], ref value);
        _columns = new MappedColumns(binding, _window, needed, [get]);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _window.Position;

    public override long Batch => _window.Batch;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        _binding.Cancellation.ThrowIfCancellationRequested();
        if (++_at >= _batch.Count && !TakeBatch())
        {
            _window.MovePast();
            _failure?.Throw();
            return false;
        }

        _window.MoveNext();
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _window.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            // What is being computed ends first: it has the evaluator in its hands. Nobody asks for what went wrong there.
            if (_next is { } next)
                Task.WaitAny(next.Done);
            _evaluator.Dispose();
            _rows.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Goes on to the batch that is computed, and has the next one begun; false where there is none.</summary>
    private bool TakeBatch()
    {
        foreach (ModelRow row in _batch)
            _free.Push(row);
        _batch = [];
        _at = 0;
        if ((_next ?? Start()) is not { } ready)
            return false;
        _next = null;
        ready.Done.GetAwaiter().GetResult();
        _batch = ready.Rows;
        _next = Start();
        return true;
    }

    private (List<ModelRow> Rows, Task Done)? Start()
    {
        // Whoever takes only a row or two has hardly more computed than that.
        int most = (int)Math.Min(_evaluator.BatchSize, Math.Max(1, 8 * _read));
        var rows = new List<ModelRow>(most);
        long bytes = 0;
        while (!_done && rows.Count < most && bytes < LargestBatchBytes)
        {
            if (Read() is not { } row)
                break;
            rows.Add(row);
            bytes += (long)row.Weights.Length * sizeof(float);
        }

        if (rows.Count == 0)
            return null;
        _read += rows.Count;
        ModelRow[] sound = [.. rows.Where(row => row.Error is null)];
        return (rows, Task.Run(() => _evaluator.Evaluate(sound)));
    }

    private ModelRow? Read()
    {
        try
        {
            if (!_rows.MoveNext())
            {
                _done = true;
                return null;
            }

            ModelRow row = _free.TryPop(out ModelRow? free) ? free : _binding.CreateRow();
            row.Read(_reader, _rows.Position);
            _window.Hold();
            return row;
        }
        catch (Exception error)
        {
            _done = true;
            _failure = ExceptionDispatchInfo.Capture(error);
            return null;
        }
    }
}
