using System.Diagnostics;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace MLNetModelSpace.Training;

/// <summary>One model to be trained. Its answer comes as <see cref="Result"/>.</summary>
/// <param name="name">What errors call it.</param>
/// <param name="seed">Of initialisation, shuffling and draws.</param>
/// <param name="images">n·C·H·W values; only read.</param>
/// <param name="keep">Remembers the model before the answer is given; may fail.</param>
internal sealed class TrainingJob(string name, long seed, float[] images, Action<TrainedModel>? keep = null)
{
    private readonly TaskCompletionSource<TrainedModel> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public float[] Images => images;

    public string Name => name;

    public long Seed => seed;

    public Task<TrainedModel> Result => _result.Task;

    public void Finish(TrainedModel model)
    {
        try
        {
            keep?.Invoke(model);
            _result.TrySetResult(model);
        }
        catch (Exception error)
        {
            _result.TrySetException(error);
        }
    }

    public void Fail(Exception error)
    {
        if (error is OperationCanceledException cancelled)
            _result.TrySetCanceled(cancelled.CancellationToken);
        else
            _result.TrySetException(error);
    }
}

/// <summary>Trains several models of equal samples at once, on the thread that made it.</summary>
internal interface IModelTrainer : IDisposable
{
    /// <summary>The most models at once.</summary>
    int Capacity { get; }

    /// <summary>Trains, and answers every job.</summary>
    /// <param name="jobs">At least one, at most <see cref="Capacity"/>, all with as many images.</param>
    /// <param name="cancel">Looked at before every step.</param>
    void Train(IReadOnlyList<TrainingJob> jobs, CancellationToken cancel);
}

/// <summary>
/// Tells how a pass over a zoo goes: to the options' <see cref="IProgress{T}"/> after every model, to the context's log when it begins, now and then, and when it ends.
/// A pass that finds every model remembered is not worth a word.
/// </summary>
internal sealed class TrainingReport(TrainingBinding binding, int threads)
{
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(5);
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _lastLog;
    private int _pass;
    private int _trained;
    private int _remembered;
    private bool _finished;

    /// <summary>A model of this pass is being trained.</summary>
    public void Begin()
    {
        if (_pass > 0)
            return;
        _pass = binding.Owner.Memory.BeginPass();
        TrainAutoencoderEstimator.Options options = binding.Owner.TrainingOptions;
        string models = binding.Rows is { } rows ? $"{rows} models" : "models";
        Log($"Training {models}, pass {_pass}: {options.Describe()}; up to {threads} stacks at once on {binding.Owner.Device}");
    }

    public void Trained()
    {
        _trained++;
        Tell();
    }

    public void Remembered()
    {
        _remembered++;
        if (_trained > 0)
            Tell();
    }

    /// <summary>The pass is over, or given up.</summary>
    /// <param name="complete">Whether all rows have been given.</param>
    public void Finish(bool complete)
    {
        if (_pass == 0 || _finished)
            return;
        _finished = true;
        Log($"{(complete ? "Trained" : "Stopped training")} {binding.Owner.Architecture}: {Now()}");
    }

    private ZooProgress Now() => new(_trained, _remembered, binding.Rows, Stopwatch.GetElapsedTime(_start), _pass);

    private void Tell()
    {
        ZooProgress now = Now();
        binding.Owner.TrainingOptions.Progress?.Report(now);
        if (now.Elapsed - _lastLog >= s_logEvery)
        {
            _lastLog = now.Elapsed;
            Log($"Training {binding.Owner.Architecture}: {now}");
        }
    }

    private void Log(string message) => binding.Owner.Log(message);
}

/// <summary>Where models are trained: as ML.NET's own TorchSharp trainers choose it.</summary>
internal static class TrainingDevice
{
    /// <summary>Says, where the context names a GPU, that this runs on the CPU all the same.</summary>
    public static void TellCpuOnly(IHostEnvironment env, string what)
    {
        if (((IHostEnvironmentInternal)env).GpuDeviceId is not { } gpu)
            return;
        using IChannel channel = env.Start("Device");
        channel.Warning(MessageSensitivity.None, $"{what} is trained on the CPU; GPU {gpu} of the context is for TrainAutoencoder.");
    }

    /// <summary>The options' device, else the context's, else the CPU.</summary>
    /// <exception cref="DllNotFoundException">libtorch cannot be loaded.</exception>
    /// <exception cref="InvalidOperationException">There is no such device, and nobody allowed the CPU instead.</exception>
    public static torch.Device Find(IHostEnvironment env, TrainAutoencoderEstimator.Options options)
    {
        TorchScope.RequireLibrary();
        var context = (IHostEnvironmentInternal)env;
        if ((options.GpuDeviceId ?? context.GpuDeviceId) is not { } gpu)
            return torch.CPU;
        int there = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (gpu < there)
            return new torch.Device(DeviceType.CUDA, gpu);
        string missing = there == 0 ? "there is no CUDA device, or no CUDA build of libtorch" : $"there are {there}, counted from 0";
        if (!(options.FallbackToCpu ?? context.FallbackToCpu))
            throw new InvalidOperationException($"GPU {gpu} was asked for: {missing}. Set FallbackToCpu to train on the CPU instead.");
        using IChannel channel = env.Start("TrainAutoencoder");
        channel.Warning(MessageSensitivity.None, $"GPU {gpu} was asked for: {missing}. Models are trained on the CPU.");
        return torch.CPU;
    }
}
