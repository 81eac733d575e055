namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Shares a range out over threads. The ranges' bounds never enter the results, so any number of threads gives the same numbers.
/// </summary>
internal sealed class ParallelLoop
{
    // Below this many elementary operations, waking another thread costs more than it saves.
    private const long WorthSharing = 60_000;

    private readonly ParallelOptions _options;

    public ParallelLoop(int? threads) =>
        _options = new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(threads ?? Environment.ProcessorCount, 1, Environment.ProcessorCount) };

    public int Threads => _options.MaxDegreeOfParallelism;

    /// <summary>Calls <paramref name="body"/> with ranges [from, to) that together cover [0, count).</summary>
    public void ForRanges(int count, long operations, Action<int, int> body)
    {
        if (Threads == 1 || count < 2 || operations < WorthSharing)
        {
            body(0, count);
            return;
        }
        int ranges = Math.Min(count, 4 * Threads);
        Parallel.For(0, ranges, _options, range =>
            body((int)((long)count * range / ranges), (int)((long)count * (range + 1) / ranges)));
    }
}
