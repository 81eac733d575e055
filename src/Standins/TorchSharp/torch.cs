using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>The kinds of processor that PyTorch knows. This engine runs on the CPU.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    META = 14,
}

/// <summary>PyTorch's functions, under their own names.</summary>
public static partial class torch
{
    /// <summary>The types of a tensor's elements. This engine holds Float32, Float64, Int64 and Bool.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        BFloat16 = 15,
    }

    /// <summary>What a division does with a fraction.</summary>
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @bool = ScalarType.Bool;

    public static int get_num_threads() => Threads.Count;

    /// <summary>
    /// Large matrix products, convolutions and batch normalisations run on up to so many threads, of the whole process at once; all else runs on its caller's. The
    /// numbers are the same on any number of them.
    /// </summary>
    public static void set_num_threads(int num) =>
        Threads.Count = num > 0 ? num : throw Errors.Torch($"set_num_threads expects a positive integer, but got {num}");

    public static ScalarType get_default_dtype() => ScalarType.Float32;

    public static bool cuda_is_available() => false;

    public static DisposeScope NewDisposeScope() => new(ThreadState.Current);

    public static bool is_grad_enabled() => ThreadState.Current.GradEnabled;

    public static IDisposable no_grad() => new GradMode(enabled: false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Sets the calling thread's mode until it is disposed.</summary>
    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = ThreadState.Current.GradEnabled;

        internal GradMode(bool enabled) => ThreadState.Current.GradEnabled = enabled;

        public void Dispose() => ThreadState.Current.GradEnabled = _before;
    }

    public static Device device(string description) => new(description);

    /// <summary>A processor that tensors live on.</summary>
    public class Device
    {
        public Device(string description)
        {
            var parts = description.Split(':');
            if (parts.Length > 2 || !Enum.TryParse<DeviceType>(parts[0], ignoreCase: true, out var kind))
                throw new ArgumentException($"Unexpected device string: '{description}'", nameof(description));
            type = kind;
            index = parts.Length == 2 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : kind == DeviceType.CUDA ? 0 : -1;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public DeviceType type { get; }

        public int index { get; }

        internal static Device Cpu { get; } = new(DeviceType.CPU);

        /// <inheritdoc/>
        public override string ToString() => type.ToString().ToLowerInvariant() + (index >= 0 ? ":" + index : "");

        internal static void RequireCpu(Device? device)
        {
            if (device is not null && device.type != DeviceType.CPU)
                throw new NotSupportedException($"Device '{device}' is not supported by this engine; 'cpu' is.");
        }
    }
}
