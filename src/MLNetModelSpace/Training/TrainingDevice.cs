using Microsoft.ML.Runtime;
using TorchSharp;

namespace MLNetModelSpace.Training;

/// <summary>Where models are trained: as ML.NET's own TorchSharp trainers choose it.</summary>
internal static class TrainingDevice
{
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
