using MLNetModelSpace;

namespace Examples;

/// <summary>Progress that goes to whoever listens at the time, on the thread that reports it.</summary>
internal sealed class ForwardedProgress : IProgress<ZooProgress>
{
    public Action<ZooProgress>? Target { get; set; }

    public void Report(ZooProgress value) => Target?.Invoke(value);
}
