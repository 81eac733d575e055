using System.Numerics.Tensors;

namespace MLNetModelSpace.Images;

/// <summary>Bytes as <see cref="float"/> in [0, 1].</summary>
internal static class PixelConversion
{
    /// <summary>Divides by 255, rather than multiplying by its reciprocal, so that every value is the float nearest to the quotient, as in PyTorch's loaders.</summary>
    public static void ToUnitRange(ReadOnlySpan<byte> source, Span<float> destination)
    {
        TensorPrimitives.ConvertTruncating<byte, float>(source, destination);
        destination = destination[..source.Length];
        TensorPrimitives.Divide(destination, 255f, destination);
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
