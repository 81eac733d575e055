namespace MLNetModelSpace.Features;

/// <summary>
/// Images of seeded textures, group by group: a group has a coarseness, a direction, colours and an outline of its own, so that
/// mixtures of groups have the local statistics of many kinds of images, though nothing of any of them. Values in [0, 1].
/// </summary>
internal static class TextureImages
{
    private const int Waves = 24;

    /// <summary>Cycles a pixel of the coarsest and of the finest group.</summary>
    private const double Coarsest = 0.02, Finest = 0.5;

    private const int Outlines = 3;

    /// <summary>Additive recurrences of the plastic number's powers (Roberts' R₃): groups are evenly spread over what differs between them.</summary>
    private static readonly double[] s_steps = [0.8191725134, 0.6710436067, 0.5497004779];

    /// <summary>The images, group behind group, the same for the same seed on every machine.</summary>
    public static float[] Create(ImageShape shape, int groups, int imagesPerGroup, int seed)
    {
        float[] images = new float[checked(groups * imagesPerGroup * shape.Size)];
        for (int i = 0; i < groups * imagesPerGroup; i++)
            Fill(shape, i / imagesPerGroup, new SplitMix(((long)seed << 32) + i), images.AsSpan(i * shape.Size, shape.Size));
        return images;
    }

    private static void Fill(ImageShape shape, int group, SplitMix random, Span<float> image)
    {
        double frequency = Coarsest * Math.Pow(Finest / Coarsest, Spread(group, 0));
        double stretch = Math.Pow(2, (2 * Spread(group, 1)) - 1);
        double colour = Spread(group, 2);
        int plane = shape.Height * shape.Width;
        double[] field = new double[shape.Size];
        for (int wave = 0; wave < Waves; wave++)
        {
            double down = random.NextGaussian() * frequency * stretch, across = random.NextGaussian() * frequency / stretch;
            double phase = random.NextOpenDouble();
            for (int channel = 0; channel < shape.Channels; channel++)
            {
                double amplitude = channel == 0 ? 1 : 1 + (colour * random.NextGaussian());
                AddWave(field.AsSpan(channel * plane, plane), shape.Width, down, across, phase, amplitude);
            }
        }

        double least = field.Min(), range = Math.Max(field.Max() - least, double.Epsilon);
        double dark = 0.4 * random.NextOpenDouble(), bright = 0.6 + (0.4 * random.NextOpenDouble());
        double high = shape.Height * (0.15 + (0.33 * random.NextOpenDouble())), wide = shape.Width * (0.15 + (0.33 * random.NextOpenDouble()));
        for (int i = 0; i < field.Length; i++)
        {
            double y = ((i % plane / shape.Width) - ((shape.Height - 1) / 2.0)) / high, x = ((i % shape.Width) - ((shape.Width - 1) / 2.0)) / wide;
            bool inside = (group % Outlines) switch { 0 => true, 1 => Math.Abs(y) < 1 && Math.Abs(x) < 1, _ => (y * y) + (x * x) < 1 };
            image[i] = inside ? (float)Math.Clamp(dark + ((bright - dark) * (field[i] - least) / range), 0, 1) : 0;
        }
    }

    private static void AddWave(Span<double> plane, int width, double down, double across, double phase, double amplitude)
    {
        for (int i = 0; i < plane.Length; i++)
            plane[i] += amplitude * Math.Cos(2 * Math.PI * ((down * (i / width)) + (across * (i % width)) + phase));
    }

    private static double Spread(int group, int axis) => (0.5 + ((group + 1) * s_steps[axis])) % 1;
}
