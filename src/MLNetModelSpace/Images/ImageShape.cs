namespace MLNetModelSpace;

/// <summary>The shape of one image, stored channel by channel, row by row (C, H, W).</summary>
/// <param name="Channels">Number of colour channels, at least 1.</param>
/// <param name="Height">Rows in pixels, at least 1.</param>
/// <param name="Width">Columns in pixels, at least 1.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Values in one image: C·H·W.</summary>
    public int Size => checked(Channels * Height * Width);

    /// <summary>Whether all three dimensions are positive.</summary>
    public bool IsValid => Channels > 0 && Height > 0 && Width > 0;

    /// <summary>The shape as <c>C×H×W</c>.</summary>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
