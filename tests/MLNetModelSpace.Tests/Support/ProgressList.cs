namespace MLNetModelSpace.Tests.Support;

/// <summary>Progress kept in order, on the thread that reports it.</summary>
internal sealed class ProgressList(Action<ZooProgress>? then = null) : IProgress<ZooProgress>
{
    private readonly List<ZooProgress> _all = [];

    public IReadOnlyList<ZooProgress> All => _all;

    public int Trained => _all.Count == 0 ? 0 : _all[^1].Trained;

    public void Report(ZooProgress value)
    {
        _all.Add(value);
        then?.Invoke(value);
    }
}
