namespace MLNetModelSpace;

/// <summary>
/// What has been trained, by key: in memory up to a limit (the least recently used go first), and for good in a directory where
/// there is one. Thread-safe; a model asked for by several at once is trained once.
/// </summary>
internal sealed class TrainingMemory(long limitBytes, ModelDirectory? directory)
{
    /// <summary>How much is dropped between two collections asked for.</summary>
    private const long CollectAfterBytes = 128L << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, TrainedModel Model)>> _kept = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, TrainedModel Model)> _order = [];
    private readonly Dictionary<string, Lazy<TrainedModel>> _inTraining = new(StringComparer.Ordinal);
    private long _bytes;
    private long _dropped;

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

        TrainedModel? model = directory?.TryRead(key);
        if (model is not null)
            Keep(key, model);
        return model;
    }

    /// <summary>The model of that key, trained by the first who asks; the others wait for it.</summary>
    /// <param name="key">Of sample, seed and options.</param>
    /// <param name="train">Trains it; a failure is the askers' and is not remembered.</param>
    /// <param name="describe">What the directory's file says of it.</param>
    /// <param name="cancel">The asker's own.</param>
    public TrainedModel FindOrTrain(string key, Func<TrainedModel> train, Func<ModelDescription> describe, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            Lazy<TrainedModel> training;
            lock (_lock)
            {
                if (!_inTraining.TryGetValue(key, out training!))
                {
                    training = new Lazy<TrainedModel>(() => Find(key) ?? TrainAndKeep(key, train, describe));
                    _inTraining.Add(key, training);
                }
            }

            try
            {
                return training.Value;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // Whoever trained it gave up; this asker has not.
            }
            finally
            {
                lock (_lock)
                {
                    if (_inTraining.TryGetValue(key, out Lazy<TrainedModel>? current) && current == training)
                        _inTraining.Remove(key);
                }
            }
        }
    }

    private TrainedModel TrainAndKeep(string key, Func<TrainedModel> train, Func<ModelDescription> describe)
    {
        TrainedModel model = train();
        directory?.Write(key, model, describe());
        Keep(key, model);
        return model;
    }

    private void Keep(string key, TrainedModel model)
    {
        bool collect;
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
                _dropped += oldest.Value.Model.Bytes;
            }

            collect = _dropped >= CollectAfterBytes;
            if (collect)
                _dropped = 0;
        }

        // Weights are large objects. The runtime frees those only when several times what is alive has been allocated (a long run came to 1 GB), so it is
        // told now and then that many have died; the collection runs in the background.
        if (collect)
            GC.Collect(2, GCCollectionMode.Forced, blocking: false);
    }
}
