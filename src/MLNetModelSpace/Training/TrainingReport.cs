using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace.Training;

/// <summary>Tells how a pass over a zoo goes: to the options' <see cref="IProgress{T}"/> after every model, to the context's log now and then.</summary>
internal sealed class TrainingReport(TrainingBinding binding)
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(5);
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _lastLog;
    private int _trained;
    private int _remembered;

    public void Trained()
    {
        _trained++;
        Tell();
    }

    public void Remembered()
    {
        _remembered++;
        Tell();
    }

    /// <summary>The pass is over; a pass that trained nothing is not worth a line.</summary>
    public void Finish()
    {
        if (_trained > 0)
            Log("Trained", Now());
    }

    private ZooProgress Now() => new(_trained, _remembered, binding.Rows, Stopwatch.GetElapsedTime(_start));

    private void Tell()
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        binding.Owner.TrainingOptions.Progress?.Report(new ZooProgress(_trained, _remembered, binding.Rows, elapsed));
        if (_trained > 0 && elapsed - _lastLog >= s_logEvery)
        {
            _lastLog = elapsed;
            Log("Training", Now());
        }
    }

    private void Log(string what, ZooProgress progress)
    {
        using IChannel channel = binding.Owner.Environment.Start("TrainAutoencoder");
        channel.Info(MessageSensitivity.None, $"{what} {binding.Owner.Architecture}: {progress}");
    }
}
