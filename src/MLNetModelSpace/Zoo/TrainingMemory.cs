namespace MLNetModelSpace;

/// <summary>
/// What has been trained, by key: in memory up to a limit (the least recently used go first), and for good in a directory where
/// there is one. Thread-safe; a model asked for by several at once is trained once.
/// </summary>
internal sealed class TrainingMemory(long limitBytes, ModelDirectory? directory)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, TrainedModel Model)>> _kept = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, TrainedModel Model)> _order = [];
    private readonly Dictionary<string, Lazy<TrainedModel>> _inTraining = new(StringComparer.Ordinal);
    private long _bytes;

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
            }
        }
    }
}
