using System.Globalization;
using System.Numerics.Tensors;

namespace MLNetModelSpace.Images;

/// <summary>Bytes as <see cref="float"/> in [0, 1], and whether values are pixels at all.</summary>
internal static class PixelConversion
{
    /// <summary>The first value that is no pixel: outside [0, 1], or not a number; -1 where there is none.</summary>
    public static int IndexOfOutside(ReadOnlySpan<float> values)
    {
        // Vectorised, and NaN comes out of both: where all is well the values are not looked at one by one.
        if (values.IsEmpty || (TensorPrimitives.Min(values) >= 0 && TensorPrimitives.Max(values) <= 1))
            return -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is not (>= 0 and <= 1))
                return i;
        }

        return -1;
    }

    /// <summary>Refuses values that are no pixels.</summary>
    /// <exception cref="ArgumentException">A value is outside [0, 1].</exception>
    public static void Require(ReadOnlySpan<float> images, ImageShape shape, string parameter)
    {
        if (IndexOfOutside(images) is >= 0 and var place)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Image {place / shape.Size} holds {images[place]}; expected values in [0, 1]."), parameter);
    }

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

    /// <summary>Of the sample inside the library.</summary>
    public static string[] Sample { get; } = ["Trouser", "Pullover"];

    public static string[] Mnist { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    public static string[] Cifar10 { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
}

/// <summary>A file at a dataset's own home: where it is, how long it is, and what it must hash to.</summary>
internal sealed record RemoteFile(Uri Address, string Name, long Length, string Sha256);
