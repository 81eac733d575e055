using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetModelSpace.Training;

/// <summary>Images in and out of numbers that lie as channels×images×height×width with the models side by side.</summary>
internal static unsafe class LaneImages
{
    /// <summary>Shows the same images to all models.</summary>
    /// <param name="target">The stack's images.</param>
    /// <param name="images">images·channels·height·width values.</param>
    /// <param name="shape">Of an image.</param>
    /// <param name="count">How many.</param>
    public static void Fill(StackTensor target, ReadOnlySpan<float> images, FeatureShape shape, int count)
    {
        float* to = target.Pointer;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            for (int image = 0; image < count; image++)
            {
                foreach (float pixel in images.Slice(((image * shape.Channels) + channel) * shape.Positions, shape.Positions))
                {
                    Vector256.Create(pixel).Store(to);
                    to += LaneKernels.Lanes;
                }
            }
        }
    }

    /// <summary>Copies the images of all models out.</summary>
    /// <param name="source">The stack's images.</param>
    /// <param name="models">Pinned arrays, one a lane, of images·channels·height·width values at least.</param>
    /// <param name="shape">Of an image.</param>
    /// <param name="count">How many.</param>
    public static void Read(StackTensor source, float[][] models, FeatureShape shape, int count)
    {
        float** rows = stackalloc float*[LaneKernels.Lanes];
        float* from = source.Pointer;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            for (int image = 0; image < count; image++)
            {
                for (int lane = 0; lane < LaneKernels.Lanes; lane++)
                    rows[lane] = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(models[lane], ((image * shape.Channels) + channel) * shape.Positions);
                LaneKernels.Separate(from, rows, shape.Positions);
                from += (nint)shape.Positions * LaneKernels.Lanes;
            }
        }
    }
}
