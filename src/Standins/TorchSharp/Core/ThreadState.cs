namespace TorchSharp;

/// <summary>What belongs to one thread: its modes, its dispose scopes, its free buffers, and its share of the tensor count.</summary>
internal sealed class ThreadState
{
    [ThreadStatic]
    private static ThreadState? s_current;

    internal static ThreadState Current => s_current ?? Create();

    internal BufferPool Pool { get; } = new();

    internal TensorCounter Counter { get; } = TensorCounter.Register();

    internal ThreadDisposeScopeStatistics Statistics { get; } = new();

    internal DisposeScope? Scope { get; set; }

    internal bool GradEnabled { get; set; } = true;

    /// <summary>Where it is set, new tensors are the engine's own: neither counted nor scoped, but let go when a step of it ends.</summary>
    internal List<torch.Tensor>? Arena { get; set; }

    /// <summary>Kept between uses, so that a backward pass allocates none.</summary>
    internal List<torch.Tensor> SpareArena { get; } = [];

    internal List<Node> SpareQueue { get; } = [];

    internal bool BackwardRuns { get; set; }

    internal List<List<torch.Tensor>> SpareScopeLists { get; } = [];

    ~ThreadState() => Counter.Retire();

    private static ThreadState Create() => s_current = new ThreadState();
}

/// <summary>The number of live tensors, kept a thread at a time so that threads do not contend for it.</summary>
internal sealed class TensorCounter
{
    private static readonly Lock s_lock = new();
    private static readonly List<TensorCounter> s_live = [];
    private static long s_retired;
    private bool _isRetired;

    /// <summary>Tensors made here less those disposed here; may be negative where a tensor is disposed on another thread.</summary>
    internal long Value { get; set; }

    internal static TensorCounter Register()
    {
        var counter = new TensorCounter();
        lock (s_lock)
        {
            foreach (var retired in s_live)
                s_retired += retired._isRetired ? retired.Value : 0;
            s_live.RemoveAll(c => c._isRetired);
            s_live.Add(counter);
        }
        return counter;
    }

    internal static long Total()
    {
        lock (s_lock)
        {
            var total = s_retired;
            foreach (var counter in s_live)
                total += counter.Value;
            return total;
        }
    }

    // Called by a finalizer, which must not wait for the lock.
    internal void Retire() => _isRetired = true;
}
