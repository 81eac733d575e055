namespace MLNetModelSpace.Features;

/// <summary>The inputs every model is asked about: reference images first, then noise, impulses and gratings. Values in [0, 1].</summary>
internal sealed class ProbeImages
{
    /// <summary>Waves that smooth noise is a sum of, a side.</summary>
    private const int SmoothWaves = 4;

    private readonly ImageShape _shape;

    public ProbeImages(ProbePlan plan)
    {
        _shape = plan.Shape;
        int size = _shape.Size;
        int references = plan.ReferenceImages.Length / size;
        Count = references + plan.Noise + plan.Impulses + plan.Gratings;
        Values = new float[checked(Count * size)];
        plan.ReferenceImages.CopyTo(Values, 0);
        Groups =
        [
            .. new[] { ("reference", 0, references), ("noise", references, plan.Noise), ("impulse", references + plan.Noise, plan.Impulses),
                ("grating", references + plan.Noise + plan.Impulses, plan.Gratings) }.Where(group => group.Item3 > 0),
        ];
        foreach ((string name, int start, int count) in Groups)
        {
            for (int i = 0; i < count; i++)
            {
                Span<float> image = Values.AsSpan((start + i) * size, size);
                if (name == "noise")
                    FillNoise(image, new SplitMix(((long)plan.Seed << 16) + i), smooth: i % 2 == 1);
                else if (name == "impulse")
                    FillImpulse(image, i, count);
                else if (name == "grating")
                    FillGrating(image, i);
            }
        }
    }

    public int Count { get; }

    /// <summary>All images, one behind another.</summary>
    public float[] Values { get; }

    /// <summary>The kinds of probes that there are, with the place of the first and their number.</summary>
    public IReadOnlyList<(string Name, int Start, int Count)> Groups { get; }

    /// <summary>Which of <see cref="Groups"/> a probe is of.</summary>
    public int KindOf(int probe)
    {
        int kind = Groups.Count - 1;
        while (Groups[kind].Start > probe)
            kind--;
        return kind;
    }

    /// <summary>What each probe is called.</summary>
    public IEnumerable<string> Names => Groups.SelectMany(group => Enumerable.Range(0, group.Count).Select(i => $"{group.Name}[{i}]"));

    private void FillNoise(Span<float> image, SplitMix random, bool smooth)
    {
        if (!smooth)
        {
            foreach (ref float pixel in image)
                pixel = (float)random.NextOpenDouble();
            return;
        }

        int plane = _shape.Height * _shape.Width;
        for (int channel = 0; channel < _shape.Channels; channel++)
        {
            Span<float> pixels = image.Slice(channel * plane, plane);
            pixels.Fill(0.5f);
            for (int v = 0; v < SmoothWaves; v++)
            {
                for (int u = 0; u < SmoothWaves; u++)
                    AddCosine(pixels, v, u, 0.5 * random.NextGaussian() / SmoothWaves);
            }

            foreach (ref float pixel in pixels)
                pixel = Math.Clamp(pixel, 0, 1);
        }
    }

    private void AddCosine(Span<float> pixels, int v, int u, double amplitude)
    {
        for (int y = 0; y < _shape.Height; y++)
        {
            double row = amplitude * Math.Cos(Math.PI * v * (y + 0.5) / _shape.Height);
            for (int x = 0; x < _shape.Width; x++)
                pixels[(y * _shape.Width) + x] += (float)(row * Math.Cos(Math.PI * u * (x + 0.5) / _shape.Width));
        }
    }

    /// <summary>One bright pixel in all channels, on an even grid of places.</summary>
    private void FillImpulse(Span<float> image, int index, int count)
    {
        int side = (int)Math.Ceiling(Math.Sqrt(count));
        int y = Math.Min(_shape.Height - 1, (int)((index / side + 0.5) * _shape.Height / side));
        int x = Math.Min(_shape.Width - 1, (int)((index % side + 0.5) * _shape.Width / side));
        for (int channel = 0; channel < _shape.Channels; channel++)
            image[(((channel * _shape.Height) + y) * _shape.Width) + x] = 1;
    }

    /// <summary>½ + ½·cos of a plane wave: orientation by orientation at one period a side, then at two, and so on.</summary>
    private void FillGrating(Span<float> image, int index)
    {
        double angle = index % 4 * Math.PI / 4;
        double periods = 1 + (index / 4);
        int plane = _shape.Height * _shape.Width;
        for (int i = 0; i < image.Length; i++)
        {
            int y = i % plane / _shape.Width, x = i % _shape.Width;
            double phase = ((Math.Cos(angle) * (x + 0.5) / _shape.Width) + (Math.Sin(angle) * (y + 0.5) / _shape.Height)) * periods;
            image[i] = (float)(0.5 + (0.5 * Math.Cos(2 * Math.PI * phase)));
        }
    }
}

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
