using System.Collections.Concurrent;

namespace MLNetModelSpace;

/// <summary>
/// Threads that train, started when the first model is handed to them. Threads of our own and not the pool's: TorchSharp keeps dispose
/// scopes, and engines keep buffers, for each thread.
/// </summary>
internal sealed class TrainingWorkers(int threads, Func<ModelTrainer> createTrainer) : IDisposable
{
    private readonly BlockingCollection<Action<Lazy<ModelTrainer>>> _work = [];
    private readonly CancellationTokenSource _abandoned = new();
    private readonly List<Thread> _started = [];
    private SingleThreadedTorch? _singleThreaded;

    /// <summary>Cancelled when whoever waited for the models no longer does.</summary>
    public CancellationToken Abandoned => _abandoned.Token;

    public int Threads => threads;

    /// <summary>Runs the function on one of the threads, with that thread's trainer.</summary>
    public Task<T> Run<T>(Func<ModelTrainer, T> train)
    {
        _singleThreaded ??= new SingleThreadedTorch();
        if (_started.Count < threads)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = "model training" };
            _started.Add(thread);
            thread.Start();
        }

        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(trainer =>
        {
            if (_abandoned.IsCancellationRequested)
            {
                result.SetCanceled(_abandoned.Token);
                return;
            }

            try
            {
                result.SetResult(train(trainer.Value));
            }
            catch (OperationCanceledException cancelled)
            {
                result.SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        });
        return result.Task;
    }

    public void Dispose()
    {
        _abandoned.Cancel();
        _work.CompleteAdding();
        foreach (Thread thread in _started)
            thread.Join();
        _singleThreaded?.Dispose();
        _work.Dispose();
        _abandoned.Dispose();
    }

    private void Work()
    {
        SingleThreadedTorch.EnterThread();
        var trainer = new Lazy<ModelTrainer>(createTrainer, LazyThreadSafetyMode.None);
        foreach (Action<Lazy<ModelTrainer>> action in _work.GetConsumingEnumerable())
            action(trainer);
        // On the thread that made its tensors.
        if (trainer.IsValueCreated)
            trainer.Value.Dispose();
    }
}
