using TorchSharp;

namespace MLNetModelSpace;

/// <summary>What this library does to TorchSharp's ambient state: nothing, on threads that are not its own.</summary>
internal static class TorchSetup
{
    /// <summary>Called once on each thread of our own: operations run on that thread alone. With OpenMP the number belongs to a thread.</summary>
    public static void EnterOwnThread() => torch.set_num_threads(1);
}
