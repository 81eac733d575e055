using System.Runtime.ExceptionServices;
using TorchSharp;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Threads of our own on which TorchSharp runs every operation on one thread, so that results do not depend on how many the caller's
/// threads use, and work that runs side by side does not ask for more cores than there are. They end when they have had nothing to do
/// for a while, and hold no process alive. All members may be called from any thread; work that is already on such a thread stays there.
/// </summary>
internal static class TorchThreads
{
    private const int IdleMilliseconds = 5000;

    private static readonly object s_lock = new();
    private static readonly Lock s_counts = new();
    private static readonly Queue<Action> s_queue = [];
    private static int s_idle;

    [ThreadStatic]
    private static bool t_isOurs;

    /// <summary>Starts a thread of our own that ends with <paramref name="body"/>, for work that keeps something from call to call. Open a
    /// <see cref="TorchScope"/> for each piece of it.</summary>
    /// <exception cref="DllNotFoundException">libtorch cannot be loaded.</exception>
    public static Thread Start(Action body, string name)
    {
        TorchScope.RequireLibrary();
        var thread = new Thread(() =>
        {
            EnterOwnThread();
            body();
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    /// <summary>Makes this thread, which nobody else's code runs on, one of ours: operations run on it alone. Called once, at its start.</summary>
    public static void EnterOwnThread()
    {
        TorchScope.RequireLibrary();
        t_isOurs = true;
        lock (s_counts)
        {
            // The count is a thread's own, but a thread that meets TorchSharp for the first time takes the last that any thread set. So
            // another one sets the old count again at once, without effect on this one.
            int others = torch.get_num_threads();
            if (others == 1)
                return;
            using var isSet = new ManualResetEventSlim();
            var restorer = new Thread(() =>
            {
                isSet.Wait();
                torch.set_num_threads(others);
            })
            { IsBackground = true };
            restorer.Start();
            torch.set_num_threads(1);
            isSet.Set();
            restorer.Join();
        }
    }

    /// <summary>Runs the function on one of the threads, inside a <see cref="TorchScope"/>, and waits for it; what it throws comes out as it is.</summary>
    public static T Run<T>(Func<T> work)
    {
        T result = default!;
        For(1, 1, CancellationToken.None, _ => result = work());
        return result;
    }

    /// <summary>Runs the action on one of the threads, inside a <see cref="TorchScope"/>, and waits for it; what it throws comes out as it is.</summary>
    public static void Run(Action work) => For(1, 1, CancellationToken.None, _ => work());

    /// <summary>Runs the body for every number from 0 below <paramref name="count"/>, side by side.</summary>
    /// <param name="count">How many.</param>
    /// <param name="maxThreads">Most at once; −1 for one a core.</param>
    /// <param name="cancel">Looked at before each.</param>
    /// <param name="body">Called inside a <see cref="TorchScope"/>; must not depend on the order.</param>
    /// <exception cref="OperationCanceledException">Cancelled before all were run.</exception>
    /// <remarks>What the body throws comes out as it is, of several the one of the lowest number, whatever the number of threads.</remarks>
    public static void For(int count, int maxThreads, CancellationToken cancel, Action<int> body) =>
        For<object?>(count, maxThreads, cancel, () => null, (i, _) => body(i));

    /// <summary>As the other, with something for each thread (buffers, a module), made by <paramref name="create"/> on that thread and disposed there.</summary>
    public static void For<TState>(int count, int maxThreads, CancellationToken cancel, Func<TState> create, Action<int, TState> body)
    {
        cancel.ThrowIfCancellationRequested();
        if (count == 0)
            return;
        TorchScope.RequireLibrary();
        var loop = new Loop<TState>(count, cancel, create, body);
        int threads = Math.Min(count, maxThreads == -1 ? Environment.ProcessorCount : maxThreads);
        if (t_isOurs)
        {
            loop.Run();
        }
        else
        {
            using var done = new CountdownEvent(threads);
            for (int i = 0; i < threads; i++)
            {
                Enqueue(() =>
                {
                    loop.Run();
                    done.Signal();
                });
            }

            done.Wait();
        }

        loop.ThrowIfUnfinished();
    }

    private static void Enqueue(Action work)
    {
        lock (s_lock)
        {
            s_queue.Enqueue(work);
            if (s_queue.Count <= s_idle)
            {
                Monitor.Pulse(s_lock);
                return;
            }
        }

        // As many threads as there is work at once: a limit could leave work waiting for work behind it.
        Start(Serve, "MLNetModelSpace TorchSharp");
    }

    private static void Serve()
    {
        while (true)
        {
            Action? work;
            lock (s_lock)
            {
                while (!s_queue.TryDequeue(out work))
                {
                    s_idle++;
                    bool isWanted = Monitor.Wait(s_lock, IdleMilliseconds);
                    s_idle--;
                    if (!isWanted && s_queue.Count == 0)
                        return;
                }
            }

            work();
        }
    }

    private sealed class Loop<TState>(int count, CancellationToken cancel, Func<TState> create, Action<int, TState> body)
    {
        private readonly Lock _lock = new();
        private int _next;
        private int _failed = int.MaxValue;
        private ExceptionDispatchInfo? _error;

        /// <summary>Takes numbers until there are none left. They are given out in order, so the lowest that fails is always run.</summary>
        public void Run()
        {
            int current = 0;
            try
            {
                using TorchScope all = TorchScope.Open();
                bool isCreated = false;
                TState state = default!;
                try
                {
                    while (TryTake(out current))
                    {
                        // Outside the scope of each number, which would end it.
                        if (!isCreated)
                            (state, isCreated) = (create(), true);
                        using TorchScope one = TorchScope.Open();
                        body(current, state);
                    }
                }
                finally
                {
                    if (isCreated)
                        (state as IDisposable)?.Dispose();
                }
            }
            catch (Exception error)
            {
                lock (_lock)
                {
                    if (current < _failed)
                        (_failed, _error) = (current, ExceptionDispatchInfo.Capture(error));
                }
            }
        }

        public void ThrowIfUnfinished()
        {
            _error?.Throw();
            if (_next < count)
                cancel.ThrowIfCancellationRequested();
        }

        private bool TryTake(out int number)
        {
            lock (_lock)
            {
                number = _next;
                if (_next == count || _error is not null || cancel.IsCancellationRequested)
                    return false;
                _next++;
                return true;
            }
        }
    }
}
