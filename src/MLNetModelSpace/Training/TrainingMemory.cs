namespace MLNetModelSpace.Training;

/// <summary>
/// What has been trained, by key: in memory up to a limit (the least recently used go first), and for good in a directory where
/// there is one. Thread-safe; a model asked for by several at once is trained once.
/// </summary>
/// <param name="limitBytes">Of what is kept in memory.</param>
/// <param name="directory">Where it is kept for good, or null.</param>
/// <param name="onLimit">Called once, when the limit is reached and there is no directory.</param>
internal sealed class TrainingMemory(long limitBytes, ModelDirectory? directory, Action onLimit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, TrainedModel Model)>> _kept = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, TrainedModel Model)> _order = [];
    private readonly Dictionary<string, Task<TrainedModel>> _inTraining = new(StringComparer.Ordinal);
    private long _bytes;
    private bool _told;
    private int _passes;

    /// <summary>The number of a pass that trains something, from 1.</summary>
    public int BeginPass() => Interlocked.Increment(ref _passes);

    /// <summary>The model of that key if it has been trained; reads the directory where memory does not have it.</summary>
    public TrainedModel? Find(string key)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out LinkedListNode<(string Key, TrainedModel Model)>? node))
            {
                _order.Remove(node);
                _order.AddFirst(node);
                return node.Value.Model;
            }
        }

        // Not kept: a file is soon read again, and a folder may hold more than memory.
        return directory?.TryRead(key);
    }

    /// <summary>The training of that key that is under way; where there is none, the job becomes it.</summary>
    /// <param name="key">Of sample, seed and options.</param>
    /// <param name="job">Trains it, if it is the first to ask.</param>
    /// <param name="mine">Whether the job has become the training and is now to be done.</param>
    public Task<TrainedModel> Join(string key, TrainingJob job, out bool mine)
    {
        lock (_lock)
        {
            if (_inTraining.TryGetValue(key, out Task<TrainedModel>? training))
            {
                mine = false;
                return training;
            }

            // Trained between the look at what is kept and now.
            if (_kept.TryGetValue(key, out LinkedListNode<(string Key, TrainedModel Model)>? node))
            {
                mine = false;
                return Task.FromResult(node.Value.Model);
            }

            _inTraining.Add(key, job.Result);
        }

        mine = true;
        job.Result.ContinueWith(
            done =>
            {
                // Looked at, so that a model nobody waits for any more does not count as an error unseen.
                _ = done.Exception;
                lock (_lock)
                    _inTraining.Remove(key);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return job.Result;
    }

    /// <summary>Keeps what has been trained, in the directory first.</summary>
    public void Keep(string key, TrainedModel model, ModelDescription description)
    {
        if (!model.Diverged)
            directory?.Write(key, model, description);
        Keep(key, model);
    }

    private void Keep(string key, TrainedModel model)
    {
        bool tell = false;
        lock (_lock)
        {
            if (_kept.ContainsKey(key))
                return;
            _kept.Add(key, _order.AddFirst((key, model)));
            _bytes += model.Bytes;
            while (_bytes > limitBytes && _order.Last is { } oldest)
            {
                _order.RemoveLast();
                _kept.Remove(oldest.Value.Key);
                _bytes -= oldest.Value.Model.Bytes;
                tell = !_told && directory is null;
                _told = true;
            }
        }

        if (tell)
            onLimit();
    }
}
