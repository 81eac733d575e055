using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>
/// A cursor that computes ahead: while the rows of one batch are given, the next batch is computed. What goes wrong in a row, or in reading it, comes out when its
/// turn comes.
/// </summary>
internal sealed class BatchCursor : AheadCursor
{
    /// <summary>Of the weights of a batch; a single larger row is read all the same.</summary>
    private const long LargestBatchBytes = 64L << 20;

    private readonly BatchBinding _binding;
    private readonly WeightsReader _reader;
    private readonly BatchEvaluator _evaluator;
    private readonly RowReport? _report;
    private readonly Stack<ModelRow> _free = [];
    private List<ModelRow> _batch = [];
    private Task<List<ModelRow>>? _next;
    private int _at = -1;
    private long _read;
    private long _computed;
    private ExceptionDispatchInfo? _failure;
    private bool _done;

    public BatchCursor(BatchBinding binding, IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand)
        : this(binding, binding.CreateEvaluator(single: false), data, needed, rand)
    {
    }

    private BatchCursor(BatchBinding binding, BatchEvaluator evaluator, IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand)
        : base(binding, data.GetRowCursor(binding.GetDependencies(needed), rand), needed, (2 * evaluator.BatchSize) + 1)
    {
        _binding = binding;
        _evaluator = evaluator;
        _report = binding.CreateReport();
        _reader = binding.CreateReader(Rows);
    }

    protected override Delegate?[] CreateGetters(bool[] active)
    {
        ValueGetter<VBuffer<float>> get = (ref VBuffer<float> value) => BatchBinding.Give(_batch[_at], ref value);
        return [get];
    }

    protected override bool TakeNext()
    {
        _binding.Cancellation.ThrowIfCancellationRequested();
        return ++_at < _batch.Count || TakeBatch();
    }

    protected override void OnEnd()
    {
        _report?.Finish(_failure is null);
        _failure?.Throw();
    }

    protected override void Close()
    {
        // What is being computed ends first: it has the evaluator in its hands. Nobody asks for what went wrong there.
        if (_next is { } next)
            Task.WaitAny(next);
        _evaluator.Dispose();
        _report?.Finish(complete: false);
    }

    /// <summary>Goes on to the batch that is computed, and has the next one begun; false where there is none.</summary>
    private bool TakeBatch()
    {
        foreach (ModelRow row in _batch)
            _free.Push(row);
        _batch = [];
        _at = 0;
        if ((_next ??= Start()) is not { } ready)
            return false;
        _batch = Await(ready, _binding.Cancellation);
        _computed += _batch.Count;
        _report?.Report(_computed);
        _next = Start();
        return true;
    }

    private Task<List<ModelRow>>? Start()
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
        return Task.Run(() =>
        {
            _evaluator.Evaluate(sound);
            return rows;
        });
    }

    private ModelRow? Read()
    {
        try
        {
            if (!Rows.MoveNext())
            {
                _done = true;
                return null;
            }

            ModelRow row = _free.TryPop(out ModelRow? free) ? free : _binding.CreateRow();
            row.Read(_reader, Rows.Position);
            Window.Hold();
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
