using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>
/// A cursor that trains ahead: a second cursor over the same rows runs in front and hands models to the workers, this one waits for each in
/// its turn. The one in front is never further ahead than keeps the workers busy.
/// </summary>
internal sealed class TrainingCursor : DataViewRowCursor
{
    private readonly TrainingBinding _binding;
    private readonly DataViewRowCursor _rows;
    private readonly DataViewRowCursor _ahead;
    private readonly TrainingRowReader _row;
    private readonly TrainingRowReader _aheadRow;
    private readonly ValueGetter<DataViewRowId> _id;
    private readonly ValueGetter<DataViewRowId> _aheadId;
    private readonly MappedColumns _columns;
    private readonly Queue<(DataViewRowId Id, TrainedModel? Known, Task<TrainedModel>? Training)> _queue = [];
    private readonly TrainingWorkers _workers;
    private readonly CancellationTokenSource _cancel;
    private readonly TrainingReport _report;
    private readonly SampleBuffers _samples = new();
    private TrainedModel? _current;
    private bool _aheadDone;
    private bool _disposed;

    public TrainingCursor(TrainingBinding binding, IDataView data, IReadOnlyList<DataViewSchema.Column> needed)
    {
        _binding = binding;
        TrainAutoencoderEstimator.Options options = binding.Owner.TrainingOptions;
        _rows = data.GetRowCursor(binding.GetDependencies(needed));
        _ahead = data.GetRowCursor([.. binding.TrainingColumns()]);
        _row = new TrainingRowReader(binding, _rows);
        _aheadRow = new TrainingRowReader(binding, _ahead);
        _id = _rows.GetIdGetter();
        _aheadId = _ahead.GetIdGetter();
        _columns = new MappedColumns(
            binding, _rows, needed, TrainingBinding.Getters(binding.ActiveAdded(needed), () => Position, () => _current!));
        _workers = new TrainingWorkers(options.Threads ?? Environment.ProcessorCount, binding.CreateTrainer);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, _workers.Abandoned);
        _report = new TrainingReport(binding);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _rows.Position;

    public override long Batch => _rows.Batch;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (!_rows.MoveNext())
        {
            _report.Finish();
            return false;
        }

        FillQueue();
        DataViewRowId id = default;
        _id(ref id);
        _current = TakeFromQueue(id) ?? _binding.TrainInPlace(_row);
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _rows.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _workers.Dispose();
            _cancel.Dispose();
            _ahead.Dispose();
            _rows.Dispose();
        }

        base.Dispose(disposing);
    }

    private void FillQueue()
    {
        // One in each worker's hands, one waiting for it, and the one this cursor is about to take.
        int window = (2 * _workers.Threads) + 1;
        while (!_aheadDone && _queue.Count < window)
        {
            if (!_ahead.MoveNext())
            {
                _aheadDone = true;
                return;
            }

            DataViewRowId id = default;
            _aheadId(ref id);
            string key = _binding.Key(_aheadRow);
            if (_binding.Owner.Memory.Find(key) is { } known)
            {
                _queue.Enqueue((id, known, null));
                continue;
            }

            (long seed, string name, float[] images, float[]? shares) = (_aheadRow.Seed, _aheadRow.Name, _aheadRow.Images(_samples), _aheadRow.Shares());
            CancellationToken cancel = _cancel.Token;
            _queue.Enqueue((id, null, _workers.Run(trainer =>
            {
                TrainedModel model = _binding.Owner.Memory.FindOrTrain(
                    key, () => trainer.Train(images, seed, name, cancel), () => _binding.Describe(seed, shares), cancel);
                _samples.Give(images);
                return model;
            })));
        }
    }

    /// <summary>The model at the head, if it is this row's; null where the cursors went through the rows in different orders.</summary>
    private TrainedModel? TakeFromQueue(DataViewRowId id)
    {
        if (!_queue.TryPeek(out (DataViewRowId Id, TrainedModel? Known, Task<TrainedModel>? Training) head))
            return null;
        if (!head.Id.Equals(id))
        {
            // Trained models stay in memory under their keys; what is still in training is waited for there, too.
            _queue.Dequeue();
            return null;
        }

        _queue.Dequeue();
        if (head.Known is { } known)
        {
            _report.Remembered();
            return known;
        }

        // Not Wait: what went wrong is to come out as it is, not in an AggregateException.
        Task.WaitAny([head.Training!], _binding.Owner.TrainingOptions.CancellationToken);
        TrainedModel model = head.Training!.GetAwaiter().GetResult();
        _report.Trained();
        return model;
    }
}
