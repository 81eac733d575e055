using static TorchSharp.torch;

namespace MLNetModelSpace.Embedding;

/// <summary>Images as a residual network reads them.</summary>
internal static class ImageTensors
{
    private static readonly float[] s_imageNetMean = [0.485f, 0.456f, 0.406f], s_imageNetDeviation = [0.229f, 0.224f, 0.225f];

    /// <summary>
    /// n×C×H×W, centred: by ImageNet's mean and deviation of each colour, else by one half. Grey images are repeated over the channels
    /// that the network reads.
    /// </summary>
    public static Tensor Prepare(float[] pixels, int count, ImageShape shape, int channels, bool imageNet)
    {
        int plane = shape.Height * shape.Width;
        float[] values = new float[count * channels * plane];
        for (int image = 0; image < count; image++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                int from = ((image * shape.Channels) + (shape.Channels == 1 ? 0 : channel)) * plane, to = ((image * channels) + channel) * plane;
                (float mean, float scale) = imageNet && channels == 3
                    ? (s_imageNetMean[channel], 1 / s_imageNetDeviation[channel])
                    : (0.5f, 2f);
                for (int i = 0; i < plane; i++)
                    values[to + i] = (pixels[from + i] - mean) * scale;
            }
        }

        return NativeTensors.Of(values, count, channels, shape.Height, shape.Width);
    }
}
