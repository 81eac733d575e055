using System.Runtime.ExceptionServices;

namespace MLNetModelSpace.Numerics;

/// <summary>Loops over numbers on the thread pool. What a body throws comes out as it is, not in an <see cref="AggregateException"/>.</summary>
internal static class ParallelLoops
{
    /// <summary>Runs the body for every number from 0 below <paramref name="count"/>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Looked at between numbers.</param>
    /// <param name="body">Must not depend on the order.</param>
    /// <exception cref="OperationCanceledException">Cancelled before all were run.</exception>
    public static void For(int count, CancellationToken cancel, Action<int> body) => For(count, -1, cancel, () => 0, (i, _) => body(i), _ => { });

    /// <summary>As the other, with a buffer for each thread.</summary>
    /// <param name="count">How many.</param>
    /// <param name="maxThreads">Most at once; −1 for one a core.</param>
    /// <param name="cancel">Looked at between numbers.</param>
    /// <param name="buffer">Makes a thread's buffer.</param>
    /// <param name="body">Must not depend on the order.</param>
    /// <param name="finish">Takes a thread's buffer when it has ended; several may at once.</param>
    /// <exception cref="OperationCanceledException">Cancelled before all were run.</exception>
    public static void For<TBuffer>(int count, int maxThreads, CancellationToken cancel, Func<TBuffer> buffer, Action<int, TBuffer> body, Action<TBuffer> finish)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = maxThreads == -1 ? Environment.ProcessorCount : maxThreads, CancellationToken = cancel };
        try
        {
            Parallel.For(
                0, count, options, buffer,
                (i, _, local) =>
                {
                    body(i, local);
                    return local;
                },
                finish);
        }
        catch (AggregateException failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerExceptions[0]);
        }
    }
}
