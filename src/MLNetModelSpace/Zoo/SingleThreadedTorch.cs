using TorchSharp;

namespace MLNetModelSpace;

/// <summary>
/// While one is open, TorchSharp runs each operation on one thread, since the models run side by side; the number of threads
/// that was set before the first comes back with the last.
/// </summary>
internal sealed class SingleThreadedTorch : IDisposable
{
    private static readonly Lock s_lock = new();
    private static int s_open;
    private static int s_before;
    private bool _disposed;

    public SingleThreadedTorch()
    {
        lock (s_lock)
        {
            if (s_open++ == 0)
                s_before = torch.get_num_threads();
            torch.set_num_threads(1);
        }
    }

    /// <summary>Called on every thread that trains: with OpenMP the number belongs to a thread.</summary>
    public static void EnterThread() => torch.set_num_threads(1);

    public void Dispose()
    {
        lock (s_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (--s_open == 0)
                torch.set_num_threads(s_before);
        }
    }
}
