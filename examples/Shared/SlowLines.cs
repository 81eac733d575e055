namespace Examples;

/// <summary>Lines of progress for an output that keeps them: of those that come faster than one in five seconds, some are left out.</summary>
/// <param name="write">Writes a line.</param>
/// <param name="time">The clock.</param>
internal sealed class SlowLines(Action<string> write, TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _last = time.GetTimestamp();

    /// <summary>Writes the line where the last one is long enough ago.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_last) < s_pause)
                return;
            _last = time.GetTimestamp();
            write(line);
        }
    }
}
