using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Features;

/// <summary>
/// Shows images to several models of one architecture, the same images to each. Used by one thread of our own at a time, inside a <see cref="TorchScope"/>; what it
/// keeps outlives the scope.
/// </summary>
internal abstract class ProbeRunner : IDisposable
{
    /// <summary>The most models at a time.</summary>
    public abstract int Capacity { get; }

    /// <summary>Images that are best shown at a time, so that what flows through the layers stays in the caches.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Takes the place of the models before.</summary>
    public abstract void Load(IReadOnlyList<ModelRow> models);

    /// <summary>Shows some images to all models.</summary>
    /// <param name="images">n·C·H·W values, which stay as they are.</param>
    /// <param name="start">The first image.</param>
    /// <param name="count">How many, at most <see cref="BatchSize"/>.</param>
    public abstract void Show(float[] images, int start, int count);

    /// <summary>A model's reconstructions of what was shown last, until the next call.</summary>
    public abstract ReadOnlySpan<float> GetAnswers(int model);

    /// <summary>Finds the gradients of the mean squared error of what was shown last.</summary>
    public abstract void FindGradients();

    /// <summary>Copies a model's gradient out, in the order of its weights; zero by those that reconstruction does not use.</summary>
    public abstract void GetGradient(int model, Span<float> gradient);

    public abstract void Dispose();

    /// <summary>What runs a model: its network's stack, or its module where only that knows the layers.</summary>
    public static ProbeRunner Create(RunnableModel model, int models, StackScripts scripts) =>
        model.Architecture.GetNetwork(model.Shape) is { } network ? new StackProbeRunner(network, models, scripts) : new ModuleProbeRunner(model);
}

/// <summary>Models side by side in a <see cref="ModelStack"/>.</summary>
internal sealed class StackProbeRunner : ProbeRunner
{
    /// <summary>Of the images of a whole stack at a time.</summary>
    private const int BatchBytes = 1 << 20;

    /// <summary>Of graphs that keep their images from stack to stack.</summary>
    private const long LargestKeptBytes = 32L << 20;

    private readonly ModelStack _stack;
    private readonly FeatureShape _image;
    private readonly Dictionary<(float[] Images, int Start, int Count), StackGraph> _kept = [];
    private readonly Dictionary<int, (float[] Images, int Start)> _shown = [];
    private readonly float[][] _answers;
    private readonly long _bytesAnImage;
    private long _keptBytes;
    private StackGraph _graph = null!;
    private bool _isRead;

    public StackProbeRunner(Network network, int models, StackScripts scripts)
    {
        _stack = TorchScope.Keep(() => new ModelStack(network, models, CPU, scripts));
        _image = network.Image;
        Capacity = models;
        BatchSize = Math.Clamp(BatchBytes / (network.Image.Size * _stack.Slots * sizeof(float)), 8, 256);
        // Values and slopes, and the images and the losses.
        _bytesAnImage = sizeof(float) * (long)_stack.Slots * ((2 * network.Layers.Sum(layer => (long)layer.Output.Size)) + (2 * network.Image.Size));
        _answers = _stack.Order == StackOrder.ModelsLast ? new float[LaneKernels.Lanes][] : [];
    }

    public override int Capacity { get; }

    public override int BatchSize { get; }

    public override void Load(IReadOnlyList<ModelRow> models)
    {
        if (models.Count == LaneKernels.Lanes && _stack.Order == StackOrder.ModelsLast)
        {
            _stack.SetWeights([.. models.Select(model => model.Weights)]);
            return;
        }

        for (int i = 0; i < models.Count; i++)
            _stack.SetWeights(i, models[i].Weights);
    }

    public override void Show(float[] images, int start, int count)
    {
        _graph = GraphFor(images, start, count);
        _isRead = false;
        using IDisposable frozen = no_grad();
        _graph.Reconstruct();
    }

    public override ReadOnlySpan<float> GetAnswers(int model)
    {
        StackTensor output = _graph.Output;
        if (_stack.Order == StackOrder.ModelsFirst)
            return output.Model(model);
        if (!_isRead)
        {
            _isRead = true;
            for (int i = 0; i < _answers.Length; i++)
            {
                if (_answers[i] is null || _answers[i].Length < output.Length)
                    _answers[i] = GC.AllocateUninitializedArray<float>(output.Length, pinned: true);
            }

            LaneImages.Read(output, _answers, _image, _graph.Images);
        }

        return _answers[model].AsSpan(0, output.Length);
    }

    public override void FindGradients()
    {
        using IDisposable frozen = no_grad();
        _graph.BackwardErrors();
    }

    public override void GetGradient(int model, Span<float> gradient) => _stack.GetGradient(model, gradient);

    public override void Dispose()
    {
        foreach (StackGraph graph in _kept.Values)
            graph.Dispose();
        _stack.Dispose();
    }

    /// <summary>A graph with the images in it: one of their own while memory allows, else one of that size, filled anew.</summary>
    private StackGraph GraphFor(float[] images, int start, int count)
    {
        if (_kept.TryGetValue((images, start, count), out StackGraph? kept))
            return kept;
        if (_keptBytes + (count * _bytesAnImage) <= LargestKeptBytes)
        {
            _keptBytes += count * _bytesAnImage;
            StackGraph made = TorchScope.Keep(() => new StackGraph(_stack, count));
            Fill(made, images, start);
            _kept.Add((images, start, count), made);
            return made;
        }

        StackGraph graph = TorchScope.Keep(() => _stack.For(count));
        if (!_shown.TryGetValue(count, out (float[] Images, int Start) shown) || shown != (images, start))
        {
            Fill(graph, images, start);
            _shown[count] = (images, start);
        }

        return graph;
    }

    private void Fill(StackGraph graph, float[] images, int start)
    {
        ReadOnlySpan<float> values = images.AsSpan(start * _image.Size, graph.Images * _image.Size);
        if (_stack.Order == StackOrder.ModelsLast)
        {
            LaneImages.Fill(graph.Input, values, _image, graph.Images);
            return;
        }

        for (int i = 0; i < _stack.Slots; i++)
            values.CopyTo(graph.Input.Model(i));
    }
}

/// <summary>A model alone, by its module and autograd.</summary>
internal sealed class ModuleProbeRunner(RunnableModel model) : ProbeRunner
{
    private nn.Module<Tensor, Tensor>? _module;
    private Parameter[] _parameters = [];
    private Tensor? _images;
    private float[] _answers = [];
    private int _count;

    public override int Capacity => 1;

    public override int BatchSize => 256;

    public override void Load(IReadOnlyList<ModelRow> models)
    {
        Release();
        _module = TorchScope.Keep(() => model.Architecture.CreateModule(model.Shape, models[0].Weights));
        _parameters = [.. _module.parameters()];
    }

    public override void Show(float[] images, int start, int count)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope step = NewDisposeScope();
        ImageShape shape = model.Shape;
        _images?.Dispose();
        _count = count * shape.Size;
        _images = NativeTensors.Of(images.AsSpan(start * shape.Size, _count), count, shape.Channels, shape.Height, shape.Width).DetachFromDisposeScope();
        if (_answers.Length < _count)
            _answers = new float[_count];
        _module!.forward(_images).contiguous().data<float>().CopyTo(_answers);
    }

    public override ReadOnlySpan<float> GetAnswers(int model) => _answers.AsSpan(0, _count);

    public override void FindGradients()
    {
        using DisposeScope step = NewDisposeScope();
        foreach (Parameter parameter in _parameters)
            parameter.grad = null;
        // Not autograd.grad, in which an error ends the process.
        nn.functional.mse_loss(_module!.forward(_images!), _images!).backward();
    }

    public override void GetGradient(int model, Span<float> gradient)
    {
        using DisposeScope step = NewDisposeScope();
        gradient.Clear();
        foreach (Parameter parameter in _parameters)
        {
            int length = (int)parameter.numel();
            // A head of log-variances has no part in a reconstruction, and so no gradient.
            if (parameter.grad is { } slope)
                slope.contiguous().data<float>().ToArray().CopyTo(gradient);
            gradient = gradient[length..];
        }
    }

    public override void Dispose() => Release();

    private void Release()
    {
        _module?.Dispose();
        _images?.Dispose();
        (_module, _images) = (null, null);
    }
}

/// <summary>The runners of one thread, by layout: those used last stay.</summary>
/// <param name="plan">Says which models can be run.</param>
internal sealed class ProbeRunners(ProbePlan plan) : IDisposable
{
    /// <summary>Views with more layouts than that make runners anew.</summary>
    private const int MostKept = 4;

    /// <summary>Of what a thread keeps of the models that it runs.</summary>
    private const long LargestKeptBytes = 96L << 20;

    private readonly List<(WeightLayout Layout, int Models, ProbeRunner Runner)> _kept = [];
    private StackScripts? _scripts;

    /// <summary>Loads models of one layout.</summary>
    /// <param name="rows">The models.</param>
    /// <param name="models">The most that will be loaded at a time.</param>
    /// <exception cref="InvalidDataException">They cannot be run, or take images of another shape.</exception>
    public ProbeRunner Load(IReadOnlyList<ModelRow> rows, int models)
    {
        ProbeRunner runner = Find(rows[0].Layout, models);
        runner.Load(rows);
        return runner;
    }

    public void Dispose()
    {
        foreach ((_, _, ProbeRunner runner) in _kept)
            runner.Dispose();
        _kept.Clear();
        if (_scripts is not null)
            StackScripts.Return(_scripts);
        _scripts = null;
    }

    /// <summary>How many models are run at a time: as many as there are lanes, where what is kept of each is not too large.</summary>
    /// <param name="kept">Floats of a model.</param>
    public static int StackSizeFor(long kept) => (int)Math.Clamp(LargestKeptBytes / (kept * sizeof(float)), 1, LaneKernels.Lanes);

    /// <summary>Models in the order of the rows, as many of one layout as are run at a time.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="stackSize">How many of a layout.</param>
    public static List<List<ModelRow>> Divide(IReadOnlyList<ModelRow> rows, Func<WeightLayout, int> stackSize)
    {
        var stacks = new List<List<ModelRow>>();
        var open = new Dictionary<WeightLayout, List<ModelRow>>(ReferenceEqualityComparer.Instance);
        foreach (ModelRow row in rows)
        {
            if (!open.TryGetValue(row.Layout, out List<ModelRow>? stack) || stack.Count == stackSize(row.Layout))
                stacks.Add(open[row.Layout] = stack = []);
            stack.Add(row);
        }

        return stacks;
    }

    private ProbeRunner Find(WeightLayout layout, int models)
    {
        int at = _kept.FindIndex(kept => ReferenceEquals(kept.Layout, layout) && kept.Models == models);
        if (at < 0)
        {
            RunnableModel model = plan.Runnable(layout);
            if (_kept.Count == MostKept)
            {
                _kept[0].Runner.Dispose();
                _kept.RemoveAt(0);
            }

            _scripts ??= StackScripts.Rent();
            _kept.Add((layout, models, ProbeRunner.Create(model, models, _scripts)));
        }
        else if (at < _kept.Count - 1)
        {
            (WeightLayout, int, ProbeRunner) found = _kept[at];
            _kept.RemoveAt(at);
            _kept.Add(found);
        }

        return _kept[^1].Runner;
    }
}
