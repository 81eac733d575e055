using System.Runtime.InteropServices;

namespace MLNetModelSpace.Training;

/// <summary>
/// Models waiting to be trained, and the threads that take them, as many at a time as make a stack. Threads of our own, since libtorch's number of threads and
/// dispose scopes belong to a thread; they start with the work, and end when none has come for a while. Thread-safe.
/// </summary>
internal sealed class TrainingQueue(int threads, Func<IModelTrainer> createTrainer, CancellationToken cancel) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly object _lock = new();
    private readonly LinkedList<TrainingJob> _waiting = [];
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    private readonly List<Thread> _threads = [];
    private int _running;
    private int _idle;
    private bool _complete;
    private bool _disposed;

    public int Threads => threads;

    /// <summary>Hands a model over.</summary>
    public void Add(TrainingJob job)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waiting.AddLast(job);
            if (_idle == 0 && _running < threads)
            {
                _running++;
                _threads.RemoveAll(ended => !ended.IsAlive);
                _threads.Add(TorchThreads.Start(Work, "model training"));
            }
            else
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    /// <summary>Says that no more will come: what is left is shared among the threads evenly.</summary>
    public void Complete()
    {
        lock (_lock)
            _complete = true;
    }

    /// <summary>Stops before the next step and waits for the threads; what is not trained is cancelled.</summary>
    public void Dispose()
    {
        Thread[] threads;
        TrainingJob[] left;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            threads = [.. _threads];
            left = [.. _waiting];
            _waiting.Clear();
            Monitor.PulseAll(_lock);
        }

        _stop.Cancel();
        foreach (TrainingJob job in left)
            job.Fail(new OperationCanceledException(_stop.Token));
        foreach (Thread thread in threads)
            thread.Join();
        _stop.Dispose();
    }

    private void Work()
    {
        IModelTrainer? trainer = null;
        try
        {
            // No modes to open: the thread is ours, and what stands from stack to stack belongs to no dispose scope.
            trainer = createTrainer();
            while (Take(trainer) is { } jobs)
                Train(trainer, jobs);
        }
        catch (Exception error)
        {
            GiveUp(error);
        }
        finally
        {
            // On the thread that made its tensors.
            trainer?.Dispose();
        }
    }

    /// <summary>No trainer could be made: whoever waits is told.</summary>
    private void GiveUp(Exception error)
    {
        lock (_lock)
        {
            _running--;
            foreach (TrainingJob job in _waiting)
                job.Fail(error);
            _waiting.Clear();
        }
    }

    private void Train(IModelTrainer trainer, TrainingJob[] jobs)
    {
        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            trainer.Train(jobs, _stop.Token);
        }
        catch (ExternalException error)
        {
            foreach (TrainingJob job in jobs)
                job.Fail(TorchErrors.Explain($"Training of {job.Name} failed in libtorch", error));
        }
        catch (Exception error)
        {
            foreach (TrainingJob job in jobs)
                job.Fail(error);
        }
    }

    /// <summary>The next models of equal samples, oldest first; null when the thread is to end.</summary>
    private TrainingJob[]? Take(IModelTrainer trainer)
    {
        lock (_lock)
        {
            while (_waiting.Count == 0)
            {
                _idle++;
                bool woken = !_disposed && Monitor.Wait(_lock, s_patience);
                _idle--;
                if (_disposed || (!woken && _waiting.Count == 0))
                {
                    _running--;
                    return null;
                }
            }

            int most = _complete ? (_waiting.Count + threads - 1) / threads : _waiting.Count;
            most = Math.Min(most, trainer.Capacity);
            var taken = new List<TrainingJob>(most);
            int images = _waiting.First!.Value.Images.Length;
            for (LinkedListNode<TrainingJob>? node = _waiting.First; node is not null && taken.Count < most;)
            {
                LinkedListNode<TrainingJob>? next = node.Next;
                if (node.Value.Images.Length == images)
                {
                    taken.Add(node.Value);
                    _waiting.Remove(node);
                }

                node = next;
            }

            return [.. taken];
        }
    }
}
