namespace MLNetModelSpace.Embedding;

/// <summary>Images moved by a few pixels and mirrored, for training.</summary>
internal static class ImageVariation
{
    /// <summary>One image moved down and to the right, mirrored left to right where asked; what comes in from outside is zero.</summary>
    public static void Move(ReadOnlySpan<float> image, ImageShape shape, int down, int right, bool mirror, Span<float> destination)
    {
        destination.Clear();
        for (int row = 0; row < shape.Channels * shape.Height; row++)
        {
            int y = row % shape.Height, from = y - down;
            if ((uint)from >= (uint)shape.Height)
                continue;
            ReadOnlySpan<float> source = image.Slice((row - down) * shape.Width, shape.Width);
            Span<float> target = destination.Slice(row * shape.Width, shape.Width);
            if (right >= 0)
                source[..^right].CopyTo(target[right..]);
            else
                source[-right..].CopyTo(target);
            if (mirror)
                target.Reverse();
        }
    }
}
