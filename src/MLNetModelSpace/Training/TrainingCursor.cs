using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Training;

/// <summary>
/// A cursor that trains ahead: it reads as many rows in front of the one it stands on as keep the threads' stacks full, holds what
/// of them is asked for, and gives each row when its model is there.
/// </summary>
internal sealed class TrainingCursor : DataViewRowCursor
{
    /// <summary>Of the samples of the rows read ahead; a single larger row is read all the same.</summary>
    private const long LargestAheadBytes = 256L << 20;

    private readonly TrainingBinding _binding;
    private readonly DataViewRowCursor _rows;
    private readonly TrainingRowReader _reader;
    private readonly RowWindow _window;
    private readonly MappedColumns _columns;
    private readonly Queue<Entry> _ahead = [];
    private readonly Stack<float[]> _free = [];
    private readonly TrainingQueue _queue;
    private readonly TrainingReport _report;
    private readonly int _mostAhead;
    private TrainedModel? _current;
    private long _aheadBytes;
    private long _given;
    private bool _done;
    private bool _disposed;

    public TrainingCursor(TrainingBinding binding, IDataView data, IReadOnlyList<DataViewSchema.Column> needed)
    {
        _binding = binding;
        TrainAutoencoderEstimator.Options options = binding.Owner.TrainingOptions;
        int threads = options.Threads ?? Environment.ProcessorCount;
        // One stack in each thread's hands, one waiting for it, and the row that is about to be given.
        _mostAhead = (2 * threads * binding.Owner.StackCapacity) + 1;
        _rows = data.GetRowCursor(binding.GetDependencies(needed));
        _reader = new TrainingRowReader(binding, _rows);
        _window = new RowWindow(_rows, needed.Where(column => column.Index < binding.Input.Count), _mostAhead + 1);
        _columns = new MappedColumns(
            binding, _window, needed, TrainingBinding.Getters(binding.ActiveAdded(needed), () => _given, () => _current!));
        _queue = binding.Owner.CreateQueue(threads);
        _report = new TrainingReport(binding);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _window.Position;

    public override long Batch => _window.Batch;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        ReadAhead();
        if (!_ahead.TryDequeue(out Entry entry))
        {
            _window.MovePast();
            _report.Finish();
            return false;
        }

        if (entry.Known is not null)
            _report.Remembered();
        _current = entry.Known ?? Await(entry);
        _aheadBytes -= entry.Bytes;
        _window.MoveNext();
        _given++;
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
            _queue.Dispose();
            _rows.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ReadAhead()
    {
        // Whoever takes only a row or two has hardly more trained than that.
        long most = _given < 2 ? _queue.Threads + _given : _mostAhead;
        while (!_done && _ahead.Count < most && (_ahead.Count == 0 || _aheadBytes < LargestAheadBytes))
        {
            if (!_rows.MoveNext())
            {
                _done = true;
                _queue.Complete();
                return;
            }

            _window.Hold();
            string key = _reader.ReadKey();
            _ahead.Enqueue(_binding.Owner.Memory.Find(key) is { } known ? new Entry(key, known, null, null) : Start(key));
            _aheadBytes += _ahead.Last().Bytes;
        }
    }

    private Entry Start(string key)
    {
        TrainingJob job = _reader.CreateJob(key, _free);
        Task<TrainedModel> training = _binding.Owner.Memory.Join(key, job, out bool mine);
        if (mine)
            _queue.Add(job);
        return new Entry(key, null, training, job);
    }

    private TrainedModel Await(Entry entry)
    {
        CancellationToken cancel = _binding.Owner.TrainingOptions.CancellationToken;
        Task<TrainedModel> training = entry.Training!;
        while (true)
        {
            try
            {
                // Not Wait alone: what went wrong is to come out as it is, not in an AggregateException.
                Task.WaitAny([training], cancel);
                TrainedModel model = training.GetAwaiter().GetResult();
                _report.Trained();
                if (training == entry.Job!.Result)
                    _free.Push(entry.Job.Images);
                return model;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested && training != entry.Job!.Result)
            {
                // Whoever trained it gave up; this reader has not.
                training = _binding.Owner.Memory.Join(entry.Key, entry.Job, out bool mine);
                if (mine)
                    _queue.Add(entry.Job);
            }
            catch (OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                throw;
            }
        }
    }

    private readonly record struct Entry(string Key, TrainedModel? Known, Task<TrainedModel>? Training, TrainingJob? Job)
    {
        public long Bytes => Job is null ? 0 : (long)Job.Images.Length * sizeof(float);
    }
}
