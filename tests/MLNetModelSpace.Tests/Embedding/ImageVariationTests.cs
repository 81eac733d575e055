namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: what is done to training images in secret shows in no public number.
public class ImageVariationTests
{
    private static readonly ImageShape s_shape = new(2, 2, 3);
    private static readonly float[] s_image = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60];

    [Theory]
    [InlineData(0, 0, false, new float[] { 1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60 })]
    [InlineData(0, 0, true, new float[] { 3, 2, 1, 6, 5, 4, 30, 20, 10, 60, 50, 40 })]
    [InlineData(1, 0, false, new float[] { 0, 0, 0, 1, 2, 3, 0, 0, 0, 10, 20, 30 })]
    [InlineData(-1, 0, false, new float[] { 4, 5, 6, 0, 0, 0, 40, 50, 60, 0, 0, 0 })]
    [InlineData(0, 1, false, new float[] { 0, 1, 2, 0, 4, 5, 0, 10, 20, 0, 40, 50 })]
    [InlineData(0, -2, true, new float[] { 0, 0, 3, 0, 0, 6, 0, 0, 30, 0, 0, 60 })]
    public void ImagesAreMovedWithinTheirPlanes(int down, int right, bool mirror, float[] expected)
    {
        float[] moved = new float[s_image.Length];
        Array.Fill(moved, float.NaN);
        ImageVariation.Move(s_image, s_shape, down, right, mirror, moved);
        Assert.Equal(expected, moved);
    }
}
