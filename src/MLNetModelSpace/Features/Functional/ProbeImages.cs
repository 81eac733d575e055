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
