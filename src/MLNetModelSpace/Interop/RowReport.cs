using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace.Interop;

/// <summary>Tells how a pass over rows goes: to an <see cref="IProgress{T}"/> at every call, to the context's log every five seconds and at the end.</summary>
internal sealed class RowReport(IHostEnvironment env, string step, long? total, IProgress<RowProgress>? progress)
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(5);
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _lastLog;
    private long _rows;
    private bool _finished;

    /// <summary>So many rows are done.</summary>
    public void Report(long rows)
    {
        _rows = rows;
        RowProgress now = Now();
        progress?.Report(now);
        if (now.Elapsed - _lastLog < s_logEvery)
            return;
        _lastLog = now.Elapsed;
        Log($"{now}");
    }

    /// <summary>The pass is over, or given up; the log is told once, and of a pass without rows nothing.</summary>
    public void Finish(bool complete = true)
    {
        if (_finished || _rows == 0)
            return;
        _finished = true;
        Log($"{Now()}{(complete ? "" : ", then stopped")}");
    }

    private RowProgress Now() => new(_rows, total, Stopwatch.GetElapsedTime(_start));

    private void Log(string message)
    {
        using IChannel channel = env.Start(step);
        channel.Info(MessageSensitivity.None, $"{step}: {message}");
    }
}
