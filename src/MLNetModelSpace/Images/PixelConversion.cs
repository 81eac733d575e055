using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetModelSpace.Images;

/// <summary>Bytes as <see cref="float"/> in [0, 1].</summary>
internal static class PixelConversion
{
    /// <summary>Divides by 255, rather than multiplying by its reciprocal, so that every value is the float nearest to the quotient, as in PyTorch's loaders.</summary>
    public static void ToUnitRange(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        nuint i = 0, length = (nuint)source.Length;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> scale = Vector256.Create(255f);
            for (; i + (nuint)Vector128<byte>.Count <= length; i += (nuint)Vector128<byte>.Count)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, i));
                (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(Vector256.Create(low, high));
                (Vector256.ConvertToSingle(first.AsInt32()) / scale).StoreUnsafe(ref to, i);
                (Vector256.ConvertToSingle(second.AsInt32()) / scale).StoreUnsafe(ref to, i + 8);
            }
        }

        for (; i < length; i++)
            System.Runtime.CompilerServices.Unsafe.Add(ref to, i) = System.Runtime.CompilerServices.Unsafe.Add(ref from, i) / 255f;
    }
}

/// <summary>The classes of well-known datasets, in the order of their labels.</summary>
internal static class DatasetClasses
{
    public static string[] FashionMnist { get; } =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    public static string[] Mnist { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    public static string[] Cifar10 { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
}

/// <summary>A file at a dataset's own home: where it is, how long it is, and what it must hash to.</summary>
internal sealed record RemoteFile(Uri Address, string Name, long Length, string Sha256);
