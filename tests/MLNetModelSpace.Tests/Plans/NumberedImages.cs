using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

/// <summary>A dataset whose every image holds its own number in its two pixels, so that a gathered sample says which images it is.</summary>
internal static class NumberedImages
{
    public static ImageDataset Create(params int[] imagesOfClass)
    {
        int count = imagesOfClass.Sum();
        byte[] pixels = new byte[2 * count], labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            pixels[2 * i] = (byte)(i / 256);
            pixels[2 * i + 1] = (byte)i;
        }

        // Labels take turns as long as classes have images left.
        int[] left = [.. imagesOfClass];
        for (int i = 0, label = 0; i < count; label = (label + 1) % left.Length)
        {
            if (left[label]-- > 0)
                labels[i++] = (byte)label;
        }

        return new ImageDataset("numbered", new ImageShape(1, 1, 2), pixels.AsSpan(), labels, Enumerable.Range(0, imagesOfClass.Length).Select(i => $"c{i}"));
    }

    /// <summary>The numbers of the images of every row.</summary>
    public static int[][] Numbers(IDataView view)
    {
        var rows = new List<int[]>();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[ZooColumns.Images]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(view.Schema[ZooColumns.Images]);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            getter(ref buffer);
            rows.Add(Numbers(buffer.GetValues()));
        }

        return [.. rows];
    }

    public static int[] Numbers(ReadOnlySpan<float> images)
    {
        int[] numbers = new int[images.Length / 2];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (int)MathF.Round(images[2 * i] * 255) * 256 + (int)MathF.Round(images[2 * i + 1] * 255);
        return numbers;
    }
}
