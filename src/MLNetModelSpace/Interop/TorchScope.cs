using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Opened around everything that runs TorchSharp: whatever modes the caller's thread is in, gradients are recorded and tensors are
/// ordinary ones (<c>no_grad</c> inside switches that off again), and tensors made inside are disposed with it. On disposal, by the
/// same thread, the modes are what they were. What it cannot set for one thread alone, it leaves alone: default dtype and device are
/// named wherever a tensor is made, every draw has a generator of its own, and work whose last bits depend on the number of threads
/// goes to <see cref="TorchThreads"/>.
/// </summary>
internal readonly struct TorchScope : IDisposable
{
    private static bool s_isLoaded;

    private readonly IDisposable _ordinary;
    private readonly IDisposable _recorded;
    private readonly DisposeScope? _tensors;

    private TorchScope(IDisposable ordinary, IDisposable recorded, DisposeScope? tensors) => (_ordinary, _recorded, _tensors) = (ordinary, recorded, tensors);

    /// <summary>Opens one on this thread.</summary>
    /// <param name="keepsTensors">Whether tensors made inside stay, such as those of a module that is handed out.</param>
    /// <exception cref="DllNotFoundException">libtorch cannot be loaded.</exception>
    public static TorchScope Open(bool keepsTensors = false)
    {
        RequireLibrary();
        return new TorchScope(torch.inference_mode(false), torch.enable_grad(), keepsTensors ? null : torch.NewDisposeScope());
    }

    public void Dispose()
    {
        _tensors?.Dispose();
        _recorded.Dispose();
        _ordinary.Dispose();
    }

    /// <summary>Makes something whose tensors are to outlive the scope that it is made in; whoever made it disposes it.</summary>
    public static T Keep<T>(Func<T> make)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        T made = make();
        scope.Detach(scope.DisposablesView);
        return made;
    }

    /// <summary>Says what to add to the application where libtorch is missing, in place of TorchSharp's own type-initializer error.</summary>
    /// <exception cref="DllNotFoundException">libtorch cannot be loaded.</exception>
    public static void RequireLibrary()
    {
        if (Volatile.Read(ref s_isLoaded))
            return;
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception error) when (error is TypeInitializationException or NotSupportedException or DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                $"TorchSharp's native library does not load: add the package TorchSharp-cpu {Version()} (or a TorchSharp-cuda package of that version) to your application.", error);
        }

        Volatile.Write(ref s_isLoaded, true);
    }

    private static string Version() =>
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', '-')[0] ?? "";
}
