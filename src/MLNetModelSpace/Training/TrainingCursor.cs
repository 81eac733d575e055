using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Training;

/// <summary>
/// A cursor that trains ahead: it reads as many rows in front of the one it stands on as keep the threads' stacks full, holds what
/// of them is asked for, and gives each row when its model is there.
/// </summary>
internal sealed class TrainingCursor : AheadCursor
{
    /// <summary>Of the samples of the rows read ahead; a single larger row is read all the same.</summary>
    private const long LargestAheadBytes = 256L << 20;

    private readonly TrainingBinding _binding;
    private readonly TrainingRowReader _reader;
    private readonly Queue<Entry> _ahead = [];
    private readonly Stack<float[]> _free = [];
    private readonly TrainingQueue _queue;
    private readonly TrainingReport _report;
    private readonly int _mostAhead;
    private TrainedModel? _current;
    private long _aheadBytes;
    private long _given;
    private bool _done;

    public TrainingCursor(TrainingBinding binding, IDataView data, IReadOnlyList<DataViewSchema.Column> needed, Random? rand)
        : base(binding, data.GetRowCursor(binding.GetDependencies(needed), rand), needed, MostAhead(binding) + 1)
    {
        _binding = binding;
        _mostAhead = MostAhead(binding);
        _reader = new TrainingRowReader(binding, Rows);
        _queue = binding.Owner.CreateQueue(ThreadsOf(binding));
        _report = new TrainingReport(binding, ThreadsOf(binding));
    }

    protected override Delegate?[] CreateGetters(bool[] active) => TrainingBinding.Getters(active, () => _given, () => _current!);

    protected override bool TakeNext()
    {
        ReadAhead();
        if (!_ahead.TryDequeue(out Entry entry))
            return false;
        if (entry.Known is not null)
            _report.Remembered();
        _current = entry.Known ?? AwaitModel(entry);
        _aheadBytes -= entry.Bytes;
        _given++;
        return true;
    }

    protected override void OnEnd() => _report.Finish(complete: true);

    protected override void Close()
    {
        _queue.Dispose();
        _report.Finish(complete: false);
    }

    private static int ThreadsOf(TrainingBinding binding) => binding.Owner.TrainingOptions.Threads ?? Environment.ProcessorCount;

    /// <summary>One stack in each thread's hands, one waiting for it, and the row that is about to be given.</summary>
    private static int MostAhead(TrainingBinding binding) => (2 * ThreadsOf(binding) * binding.Owner.StackCapacity) + 1;

    private void ReadAhead()
    {
        // Whoever takes only a row or two has hardly more trained than that.
        long most = _given < 2 ? _queue.Threads + _given : _mostAhead;
        while (!_done && _ahead.Count < most && (_ahead.Count == 0 || _aheadBytes < LargestAheadBytes))
        {
            if (!Rows.MoveNext())
            {
                _done = true;
                break;
            }

            Window.Hold();
            string key = _reader.ReadKey();
            _ahead.Enqueue(_binding.Owner.Memory.Find(key) is { } known ? new Entry(key, known, null, null) : Start(key));
            _aheadBytes += _ahead.Last().Bytes;
        }

        // Others may wait for these models, too.
        _queue.Flush();
    }

    private Entry Start(string key)
    {
        TrainingJob job = _reader.CreateJob(key, _free);
        Task<TrainedModel> training = _binding.Owner.Memory.Join(key, job, out bool mine);
        _report.Begin();
        if (mine)
            _queue.Add(job);
        return new Entry(key, null, training, job);
    }

    private TrainedModel AwaitModel(Entry entry)
    {
        CancellationToken cancel = _binding.Owner.TrainingOptions.CancellationToken;
        Task<TrainedModel> training = entry.Training!;
        while (true)
        {
            try
            {
                TrainedModel model = Await(training, cancel);
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
                {
                    _queue.Add(entry.Job);
                    _queue.Flush();
                }
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
