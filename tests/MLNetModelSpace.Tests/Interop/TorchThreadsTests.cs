using TorchSharp;

namespace MLNetModelSpace.Tests.Interop;

// Reaches internals: the promises of a loop (order of errors, threads, disposal) are made to the rooms above, not to users.
public class TorchThreadsTests
{
    [Fact]
    public void OperationsRunOnOneThreadAndModesAreTheUsual()
    {
        using IDisposable inference = torch.inference_mode();
        Assert.Equal((1, true, false), TorchThreads.Run(() => (torch.get_num_threads(), torch.is_grad_enabled(), torch.is_inference_mode_enabled())));
    }

    [Fact]
    public void EveryNumberIsRunOnce()
    {
        int[] runs = new int[200];
        TorchThreads.For(runs.Length, 4, CancellationToken.None, i => Interlocked.Increment(ref runs[i]));
        Assert.All(runs, count => Assert.Equal(1, count));
    }

    [Fact]
    public void NoMoreRunAtOnceThanAreAllowed()
    {
        int running = 0, most = 0;
        TorchThreads.For(50, 2, CancellationToken.None, _ =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.Yield();
            Interlocked.Decrement(ref running);
        });
        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void TheLowestNumbersErrorComesOutAsItIs(int threads)
    {
        var error = Assert.Throws<FormatException>(() => TorchThreads.For(40, threads, CancellationToken.None, i =>
        {
            if (i >= 7)
                throw new FormatException($"{i}");
        }));
        Assert.Equal("7", error.Message);
    }

    [Fact]
    public void CancellationStopsBeforeTheNextNumber()
    {
        using var cancel = new CancellationTokenSource();
        int last = 0;
        Assert.Throws<OperationCanceledException>(() => TorchThreads.For(1000, 1, cancel.Token, i =>
        {
            last = i;
            if (i == 3)
                cancel.Cancel();
        }));
        Assert.Equal(3, last);
    }

    [Fact]
    public void WorkInsideWorkStaysOnItsThread() => TorchThreads.Run(() =>
    {
        int outer = Environment.CurrentManagedThreadId;
        TorchThreads.For(3, -1, CancellationToken.None, _ => Assert.Equal(outer, Environment.CurrentManagedThreadId));
    });

    [Fact]
    public void WhatIsMadeForAThreadIsDisposedThere()
    {
        int made = 0, disposed = 0;
        TorchThreads.For(20, 3, CancellationToken.None, () => new Counted(() => Interlocked.Increment(ref made), () => Interlocked.Increment(ref disposed)), (_, _) => { });
        Assert.InRange(made, 1, 3);
        Assert.Equal(made, disposed);
    }

    private static void InterlockedMax(ref int place, int value)
    {
        int seen = Volatile.Read(ref place);
        while (seen < value && Interlocked.CompareExchange(ref place, value, seen) is var found && found != seen)
            seen = found;
    }

    private sealed class Counted : IDisposable
    {
        private readonly Action _dispose;
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public Counted(Action make, Action dispose)
        {
            make();
            _dispose = dispose;
        }

        public void Dispose()
        {
            if (_thread == Environment.CurrentManagedThreadId)
                _dispose();
        }
    }
}
