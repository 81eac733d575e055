namespace TorchSharp.Kernels;

/// <summary>
/// How many threads an operation may use, and how it is shared out among them: in contiguous parts whose results do not depend on where one ends and the next
/// begins, so that numbers do not change with the number of threads.
/// </summary>
internal static class Threads
{
    /// <summary>Multiplications (or elements read) from which on the start of other threads, some microseconds, is repaid.</summary>
    private const long Least = 1 << 23;

    /// <summary>What <c>torch.set_num_threads</c> sets; at first the number of cores.</summary>
    public static int Count { get; set; } = Environment.ProcessorCount;

    /// <summary>Whether an operation of so much work is shared out. Asked first, so that small operations make no closure.</summary>
    public static bool Pays(long work) => Count > 1 && work >= Least;

    /// <summary>Runs parts of 0 … length − 1, each given by its first index and the one behind its last, which are multiples of the grain but for the end.</summary>
    public static void For(int length, int grain, Action<int, int> part)
    {
        var pieces = (length + grain - 1) / grain;
        var parts = Math.Min(Count, pieces);
        if (parts <= 1)
        {
            part(0, length);
            return;
        }

        int Start(int i) => (int)Math.Min(length, (long)pieces * i / parts * grain);
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, i => part(Start(i), Start(i + 1)));
    }
}
