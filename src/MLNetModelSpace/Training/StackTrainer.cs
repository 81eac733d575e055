using System.Buffers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// Trains stacks of models of one architecture, each with a generator of its own: a model's numbers depend on its seed and sample alone. Memory stands from stack to stack.
/// </summary>
internal sealed class StackTrainer : IModelTrainer
{
    /// <summary>
    /// Weights, gradients and moments of the models of a stack: eight models of 51,000 weights, 6.5 MB, are as fast as four; sixteen are slower (the benchmarks' README).
    /// </summary>
    private const int UsualStack = 8;

    private const long LargestStackBytes = 256L << 20;

    private readonly TrainAutoencoderEstimator.Options _options;
    private readonly ImageShape _shape;
    private readonly Network _network;
    private readonly Device _device;
    private readonly Action<string> _log;
    private readonly StackScripts _scripts;
    private readonly Dictionary<int, (ModelStack Stack, StackOptimizer Optimizer, Tensor Total)> _stacks = [];
    private readonly Tensor _initial;
    private readonly float[] _blank;

    /// <param name="options">How.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="shape">Of an image.</param>
    /// <param name="device">Where.</param>
    /// <param name="log">Told of models that diverge where they are not thrown.</param>
    public StackTrainer(TrainAutoencoderEstimator.Options options, Network network, ImageShape shape, Device device, Action<string> log)
    {
        _log = log;
        _options = options;
        _shape = shape;
        _device = device;
        _network = network;
        _scripts = new StackScripts();
        long weights = _network.Tensors.Sum(tensor => (long)tensor.Length);
        _initial = zeros(weights, float32, CPU);
        _blank = GC.AllocateArray<float>(shape.Size, pinned: true);
        Capacity = CapacityFor(options, _network, device);
    }

    public int Capacity { get; }

    /// <summary>Of a weight: itself, its gradient and two moments.</summary>
    private const int BytesAWeight = 4 * sizeof(float);

    /// <summary>The most models of a stack.</summary>
    public static int CapacityFor(TrainAutoencoderEstimator.Options options, Network network, Device device) =>
        ModelStack.OrderFor(device) == StackOrder.ModelsLast
            ? Math.Min(options.StackSize ?? LaneKernels.Lanes, LaneKernels.Lanes)
            : options.StackSize ?? (int)Math.Clamp(LargestStackBytes / (network.Tensors.Sum(tensor => (long)tensor.Length) * BytesAWeight), 1, UsualStack);

    /// <summary>Refuses a stack that memory does not hold.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void CheckStackSize(TrainAutoencoderEstimator.Options options, WeightLayout layout)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (options.StackSize is { } models && (double)models * layout.Length * BytesAWeight > available)
        {
            throw new ArgumentException(
                $"A stack of {models} models of {layout.Length} weights takes {(double)models * layout.Length * BytesAWeight / (1 << 30):F1} GB; there are {available / (double)(1 << 30):F1} GB. " +
                $"Make Options.StackSize smaller, or leave it out.", nameof(options));
        }
    }

    public void Train(IReadOnlyList<TrainingJob> jobs, CancellationToken cancel)
    {
        using IDisposable frozen = no_grad();
        int count = jobs[0].Images.Length / _shape.Size;
        (ModelStack stack, StackOptimizer optimizer, Tensor total) = StackFor(jobs.Count);
        using var samples = new StackSamples(stack, _shape, jobs, _blank);
        Generator[] generators = [.. jobs.Select(job => new Generator((ulong)job.Seed, CPU))];
        var errors = new Exception?[jobs.Count];
        double[] losses = new double[jobs.Count];
        try
        {
            for (int g = 0; g < stack.Slots; g++)
                stack.SetWeights(g, g < jobs.Count ? Initialize(generators[g]) : new float[_initial.numel()]);
            optimizer.Reset();
            for (int epoch = 1; epoch <= _options.Epochs; epoch++)
            {
                samples.Shuffle(generators, _network.Mean?.Output.Size ?? 0);
                total.zero_().Dispose();
                double rate = _options.Schedule.RateAt(_options.LearningRate, epoch, _options.Epochs);
                for (int start = 0; start < count; start += _options.BatchSize)
                {
                    cancel.ThrowIfCancellationRequested();
                    StackGraph graph = stack.For(Math.Min(_options.BatchSize, count - start));
                    samples.Fill(graph, start, shuffled: true);
                    optimizer.Begin(rate);
                    graph.Train(_options.Loss, total, optimizer);
                    optimizer.End();
                }

                ReadMeans(total, count, losses);
                for (int g = 0; g < jobs.Count; g++)
                {
                    if (errors[g] is null && !double.IsFinite(losses[g]))
                        errors[g] = new TrainingDivergedException(jobs[g].Name, epoch, losses[g], _options.LearningRate);
                }
            }

            double[] last = [.. losses];
            Reconstruct(stack, samples, total, count, cancel);
            ReadMeans(total, count, losses);
            for (int g = 0; g < jobs.Count; g++)
                Answer(jobs[g], stack, g, last[g], losses[g], errors[g]);
        }
        finally
        {
            foreach (Generator generator in generators)
                generator.Dispose();
        }
    }

    public void Dispose()
    {
        foreach ((ModelStack stack, StackOptimizer optimizer, Tensor total) in _stacks.Values)
        {
            optimizer.Dispose();
            stack.Dispose();
            total.Dispose();
        }

        _stacks.Clear();
        _initial.Dispose();
        _scripts.Dispose();
    }

    private void Answer(TrainingJob job, ModelStack stack, int model, double loss, double error, Exception? failure)
    {
        float[] weights = new float[_initial.numel()];
        stack.GetWeights(model, weights);
        // The last step may break what the loss before it did not show.
        if (failure is null && (!double.IsFinite(error) || !FiniteNumbers.All(weights)))
            failure = new TrainingDivergedException(job.Name, _options.Epochs, error, _options.LearningRate);
        if (failure is null)
        {
            job.Finish(new TrainedModel(weights, (float)loss, (float)error));
        }
        else if (_options.Divergence == DivergenceHandling.Throw)
        {
            job.Fail(failure);
        }
        else
        {
            _log(failure.Message);
            job.Finish(TrainedModel.Missing(weights.Length));
        }
    }

    private void Reconstruct(ModelStack stack, StackSamples samples, Tensor total, int count, CancellationToken cancel)
    {
        total.zero_().Dispose();
        for (int start = 0; start < count; start += _options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            StackGraph graph = stack.For(Math.Min(_options.BatchSize, count - start));
            samples.Fill(graph, start, shuffled: false);
            graph.Reconstruct();
            graph.AddSquaredErrors(total);
        }
    }

    private static void ReadMeans(Tensor total, int count, Span<double> means)
    {
        using Tensor host = total.cpu();
        ReadOnlySpan<double> sums = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(host.bytes);
        for (int g = 0; g < means.Length; g++)
            means[g] = sums[g] / count;
    }

    /// <summary>PyTorch's <c>reset_parameters</c>: the numbers that <c>manual_seed</c> and building the layers one after another would give.</summary>
    private ReadOnlySpan<float> Initialize(Generator generator)
    {
        long at = 0;
        foreach (NetworkLayer layer in _network.Layers)
        {
            // kaiming_uniform_(a = √5) for the weight, and the same bound, 1/√fan_in, for the bias.
            double weightBound = Math.Sqrt(3.0) * (Math.Sqrt(2.0 / (1 + (Math.Sqrt(5) * Math.Sqrt(5)))) / Math.Sqrt(layer.FanIn));
            double biasBound = 1 / Math.Sqrt(layer.FanIn);
            foreach ((int length, double bound) in new[] { (layer.Weight.Length, weightBound), (layer.Bias.Length, biasBound) })
            {
                using Tensor part = _initial.narrow(0, at, length);
                part.uniform_(-bound, bound, generator).Dispose();
                at += length;
            }
        }

        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(_initial.bytes);
    }

    private (ModelStack Stack, StackOptimizer Optimizer, Tensor Total) StackFor(int models)
    {
        int size = ModelStack.OrderFor(_device) == StackOrder.ModelsLast ? LaneKernels.Lanes : models;
        if (_stacks.TryGetValue(size, out (ModelStack Stack, StackOptimizer Optimizer, Tensor Total) known))
            return known;
        // The full stack stays; of the smaller ones that a zoo begins and ends with, the last.
        foreach (int other in _stacks.Keys.Where(other => other != Capacity && other != LaneKernels.Lanes).ToArray())
        {
            _stacks.Remove(other, out (ModelStack Stack, StackOptimizer Optimizer, Tensor Total) old);
            old.Optimizer.Dispose();
            old.Stack.Dispose();
            old.Total.Dispose();
        }

        var stack = new ModelStack(_network, size, _device, _scripts);
        var made = (stack, new StackOptimizer(_options, stack), zeros(stack.Slots, float64, _device));
        _stacks.Add(size, made);
        return made;
    }
}
