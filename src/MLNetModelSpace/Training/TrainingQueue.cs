using System.Runtime.InteropServices;

namespace MLNetModelSpace.Training;

/// <summary>
/// Models waiting to be trained, and the threads that take them, as many at a time as make a stack: a stack of one takes as long as a full one, so that fewer are taken only
/// when whoever adds them waits for them. Threads of our own, since libtorch's number of threads and
/// dispose scopes belong to a thread; they start with the work, and end when none has come for a while. Thread-safe.
/// </summary>
/// <param name="threads">The most at a time.</param>
/// <param name="stack">How many models a thread takes at once.</param>
/// <param name="createTrainer">Called by each thread.</param>
/// <param name="cancel">Stops before the next step.</param>
internal sealed class TrainingQueue(int threads, int stack, Func<IModelTrainer> createTrainer, CancellationToken cancel) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly object _lock = new();
    private readonly LinkedList<TrainingJob> _waiting = [];
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    private readonly List<Thread> _threads = [];
    private int _due;
    private int _running;
    private int _idle;
    private bool _disposed;

    public int Threads => threads;

    /// <summary>Hands a model over, for a full stack or the next <see cref="Flush"/>.</summary>
    public void Add(TrainingJob job)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waiting.AddLast(job);
            if (_waiting.Count - _due >= stack)
                Offer();
        }
    }

    /// <summary>Says that the models are waited for: no stack is to be filled up any more.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_waiting.Count > _due)
                Offer();
        }
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
            _due = _idle = 0;
            Monitor.PulseAll(_lock);
        }

        _stop.Cancel();
        foreach (TrainingJob job in left)
            job.Fail(new OperationCanceledException(_stop.Token));
        foreach (Thread thread in threads)
            thread.Join();
        _stop.Dispose();
    }

    /// <summary>What waits is for a thread to take; called under the lock.</summary>
    private void Offer()
    {
        _due = _waiting.Count;
        if (_idle == 0 && _running < threads)
        {
            _running++;
            _threads.RemoveAll(ended => !ended.IsAlive);
            _threads.Add(TorchThreads.Start(Work, "model training"));
        }
        else if (_idle > 0)
        {
            // No longer idle, though it has not woken yet: the next stack is another thread's.
            _idle--;
            Monitor.Pulse(_lock);
        }
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
            _due = 0;
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
            while (_due == 0)
            {
                _idle++;
                bool woken = !_disposed && Monitor.Wait(_lock, s_patience);
                if (!woken)
                    _idle = Math.Max(0, _idle - 1);
                if (_disposed || (!woken && _due == 0))
                {
                    _running--;
                    return null;
                }
            }

            int most = Math.Min(_waiting.Count, trainer.Capacity);
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

            _due = Math.Max(0, _due - taken.Count);
            return [.. taken];
        }
    }
}
