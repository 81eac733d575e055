using System.Collections.Concurrent;
using TorchSharp;

namespace MLNetModelSpace.Interop;

/// <summary>
/// Numbers that tensors are multiplied with and the like, kept for good: TorchSharp makes a native one of every number it is given, and lets the garbage collector free
/// it while the call that reads it is still under way. Thread-safe.
/// </summary>
internal static class TorchNumbers
{
    private static readonly ConcurrentDictionary<double, Scalar> s_numbers = [];

    public static Scalar Of(double number) => s_numbers.GetOrAdd(number, static value => value);
}
