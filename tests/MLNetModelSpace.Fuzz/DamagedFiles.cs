namespace MLNetModelSpace.Fuzz;

/// <summary>How a target met damaged files.</summary>
/// <param name="Refused">Files that it refused.</param>
/// <param name="Read">Files that it read.</param>
/// <param name="Allocated">The most bytes that it allocated for one file.</param>
public readonly record struct DamageReport(long Refused, long Read, long Allocated)
{
    public override string ToString() => FormattableString.Invariant($"{Refused} refused, {Read} read; at most {Allocated} bytes allocated for one");
}

/// <summary>A damaged file that a reader met with something else than reading or refusing it.</summary>
public sealed class DamageException(string message, byte[] file, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The damaged file.</summary>
    public byte[] File { get; } = file;
}

/// <summary>Damages a target's seeds at random and has it read them.</summary>
public static class DamagedFiles
{
    /// <summary>The most that may be allocated beyond ten times the file.</summary>
    public const long AllocationLimit = 64L << 20;

    /// <summary>Longer than any file here takes on a machine that is busy.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    /// <summary>Reads that many damaged files; damage i is the same for the same seed, however many there are.</summary>
    /// <exception cref="DamageException">The first that the target does not end with in the way it should.</exception>
    public static DamageReport Try(FuzzTarget target, string name, long count, int seed, Action<long, DamageReport>? tell = null)
    {
        long at = -1, since = Environment.TickCount64;
        byte[] file = [];
        DamageReport report = default;
        Exception? failure = null;
        var reading = new Thread(() =>
        {
            try
            {
                for (long i = 0; i < count; i++)
                {
                    var random = new Random(Mix(seed, i));
                    file = Damage.Apply(target.Seeds[random.Next(target.Seeds.Count)], random);
                    Volatile.Write(ref since, Environment.TickCount64);
                    Volatile.Write(ref at, i);
                    report = One(target, $"Damage {i} of seed {seed} to {name}", file, report);
                    tell?.Invoke(i + 1, report);
                }
            }
            catch (Exception error)
            {
                failure = error;
            }
        })
        { IsBackground = true };
        reading.Start();
        while (!reading.Join(TimeSpan.FromSeconds(1)))
        {
            if (Environment.TickCount64 - Volatile.Read(ref since) > s_hang.TotalMilliseconds)
                throw new DamageException($"Damage {Volatile.Read(ref at)} of seed {seed} to {name} takes longer than {s_hang.TotalSeconds:0} s.", file);
        }

        return failure is null ? report : throw failure as DamageException ?? new DamageException(failure.Message, file, failure);
    }

    private static DamageReport One(FuzzTarget target, string name, byte[] file, DamageReport report)
    {
        bool refused = false;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(file);
        }
        catch (Exception error) when (target.IsRefusal(error))
        {
            refused = true;
        }
        catch (Exception error)
        {
            throw new DamageException($"{name} ends with {error.GetType()}: {error.Message}", file, error);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= (10L * file.Length) + AllocationLimit
            ? new DamageReport(report.Refused + (refused ? 1 : 0), report.Read + (refused ? 0 : 1), Math.Max(report.Allocated, allocated))
            : throw new DamageException($"{name} allocates {allocated} bytes for a file of {file.Length}.", file);
    }

    /// <summary>One number of two: the seeds of neighbours have nothing in common.</summary>
    private static int Mix(int seed, long i) => (int)((((ulong)(uint)seed << 40) + (ulong)i) * 0x9E3779B97F4A7C15 >> 32);
}
