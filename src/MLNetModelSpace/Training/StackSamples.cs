using System.Buffers;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>The samples of a stack's models: gathers each model's next images, in that model's own order, into the stack's memory.</summary>
internal sealed unsafe class StackSamples : IDisposable
{
    private readonly ModelStack _stack;
    private readonly ImageShape _shape;
    private readonly int _models;
    private readonly int _count;
    private readonly MemoryHandle[] _pins;
    private readonly long[][] _orders;
    private readonly float[][] _noise;
    private readonly float* _blank;
    private readonly Tensor? _onDevice;

    /// <param name="stack">Whose.</param>
    /// <param name="shape">Of an image.</param>
    /// <param name="jobs">Their samples stay where they are until this is disposed.</param>
    /// <param name="blank">A pinned image of zeros, for places without a model.</param>
    public StackSamples(ModelStack stack, ImageShape shape, IReadOnlyList<TrainingJob> jobs, float[] blank)
    {
        _stack = stack;
        _shape = shape;
        _models = jobs.Count;
        _count = jobs[0].Images.Length / shape.Size;
        _orders = new long[_models][];
        _noise = new float[_models][];
        _blank = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(blank, 0);
        _pins = [.. jobs.Select(job => job.Images.AsMemory().Pin())];
        if (stack.Device.type == DeviceType.CPU)
            return;
        Tensor[] samples = [.. jobs.Select(job => tensor(job.Images, [_count, shape.Size], float32, stack.Device))];
        _onDevice = cat(samples);
        foreach (Tensor sample in samples)
            sample.Dispose();
    }

    /// <summary>Draws the next epoch's order of each model's images and, where there are latents, its noise.</summary>
    public void Shuffle(IReadOnlyList<Generator> generators, int latents)
    {
        for (int g = 0; g < _models; g++)
        {
            using Tensor order = randperm(_count, int64, CPU, false, generators[g]);
            _orders[g] = order.data<long>().ToArray();
            if (latents == 0)
                continue;
            using Tensor noise = randn([_count, latents], float32, CPU, false, generators[g]);
            _noise[g] = noise.data<float>().ToArray();
        }
    }

    /// <summary>Puts images from <paramref name="start"/> on into the graph's input, and their noise beside.</summary>
    /// <param name="graph">Says how many.</param>
    /// <param name="start">The first.</param>
    /// <param name="shuffled">In the epoch's order, with noise; else as they come.</param>
    public void Fill(StackGraph graph, int start, bool shuffled)
    {
        if (_onDevice is not null)
            FillDevice(graph, start, shuffled);
        else if (_stack.Order == StackOrder.ModelsFirst)
            FillModels(graph, start, shuffled);
        else
            FillLanes(graph, start, shuffled);
    }

    public void Dispose()
    {
        _onDevice?.Dispose();
        foreach (MemoryHandle pin in _pins)
            pin.Dispose();
    }

    private float* Image(int model, int index, bool shuffled) =>
        (float*)_pins[model].Pointer + ((shuffled ? _orders[model][index] : index) * _shape.Size);

    private void FillModels(StackGraph graph, int start, bool shuffled)
    {
        int size = _shape.Size;
        for (int g = 0; g < _models; g++)
        {
            Span<float> target = graph.Input.Model(g);
            for (int b = 0; b < graph.Images; b++)
                new ReadOnlySpan<float>(Image(g, start + b, shuffled), size).CopyTo(target[(b * size)..]);
            if (shuffled && graph.Noise is { } noise)
                _noise[g].AsSpan(start * (noise.Length / graph.Images), noise.Length).CopyTo(noise.Model(g));
        }
    }

    private void FillLanes(StackGraph graph, int start, bool shuffled)
    {
        int positions = _shape.Height * _shape.Width;
        float* target = graph.Input.Pointer;
        float** rows = stackalloc float*[LaneKernels.Lanes];
        for (int b = 0; b < graph.Images; b++)
        {
            for (int channel = 0; channel < _shape.Channels; channel++)
            {
                for (int g = 0; g < LaneKernels.Lanes; g++)
                    rows[g] = (g < _models ? Image(g, start + b, shuffled) : _blank) + (channel * positions);
                LaneKernels.Interleave(rows, target + ((nint)((channel * graph.Images) + b) * positions * LaneKernels.Lanes), positions);
            }
        }

        if (!shuffled || graph.Noise is not { } noise)
            return;
        int latents = noise.Length / graph.Images;
        Span<float> draws = noise.Values;
        for (int g = 0; g < _models; g++)
        {
            ReadOnlySpan<float> mine = _noise[g].AsSpan(start * latents, noise.Length);
            for (int b = 0; b < graph.Images; b++)
            {
                for (int l = 0; l < latents; l++)
                    draws[((((l * graph.Images) + b) * LaneKernels.Lanes) + g)] = mine[(b * latents) + l];
            }
        }
    }

    private void FillDevice(StackGraph graph, int start, bool shuffled)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] places = new long[_models * graph.Images];
        for (int i = 0; i < places.Length; i++)
        {
            int g = i / graph.Images, index = start + (i % graph.Images);
            places[i] = ((long)g * _count) + (shuffled ? _orders[g][index] : index);
        }

        Tensor images = _onDevice!.index_select(0, tensor(places, [places.Length], int64, _stack.Device));
        graph.Input.Memory.copy_(images.reshape(-1));
        if (!shuffled || graph.Noise is not { } noise)
            return;
        for (int g = 0; g < _models; g++)
            noise.Write(g, _noise[g].AsSpan(start * (noise.Length / graph.Images), noise.Length));
    }
}
