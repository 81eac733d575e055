using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>Trains modules of one's own by autograd, each alone.</summary>
internal sealed class ModuleTrainer(TrainAutoencoderEstimator.Options options, ImageShape shape, Device device, Action<string> log) : IModelTrainer
{
    private readonly ModuleArchitecture _architecture = (ModuleArchitecture)options.Architecture;

    public int Capacity => 1;

    public void Train(IReadOnlyList<TrainingJob> jobs, CancellationToken cancel)
    {
        foreach (TrainingJob job in jobs)
        {
            try
            {
                job.Finish(_architecture.DrawsNumbers(shape)
                    ? ModuleArchitecture.Seeded(job.Seed, () => Train(job, cancel))
                    : Train(job, cancel));
            }
            catch (TrainingDivergedException diverged) when (options.Divergence == DivergenceHandling.MissingValues)
            {
                log(diverged.Message);
                job.Finish(TrainedModel.Missing(_architecture.GetLayout(shape).Length));
            }
        }
    }

    public void Dispose()
    {
    }

    private TrainedModel Train(TrainingJob job, CancellationToken cancel)
    {
        using TorchScope all = TorchScope.Open();
        using nn.Module module = _architecture.Build(job.Seed, device);
        using optim.Optimizer optimizer = CreateOptimizer(module.parameters());
        using var generator = new Generator((ulong)job.Seed, CPU);
        long count = job.Images.Length / shape.Size;
        Tensor sample = NativeTensors.Of(job.Images, count, shape.Channels, shape.Height, shape.Width).to(device);
        module.train();
        double loss = 0;
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.Schedule.RateAt(options.LearningRate, epoch, options.Epochs);
            loss = RunEpoch(module, optimizer, sample, generator, cancel);
            if (!double.IsFinite(loss))
                throw new TrainingDivergedException(job.Name, epoch, loss, options.LearningRate);
        }

        // No gradient outlives its model.
        optimizer.zero_grad();
        module.eval();
        float[] weights = new float[_architecture.GetLayout(shape).Length];
        ModuleArchitecture.Read(module, weights);
        double error = ReconstructionError(module, sample, cancel);
        if (!double.IsFinite(error) || !FiniteNumbers.All(weights))
            throw new TrainingDivergedException(job.Name, options.Epochs, error, options.LearningRate);
        return new TrainedModel(weights, (float)loss, (float)error);
    }

    /// <summary>One pass over the shuffled sample; gives the mean loss over its images.</summary>
    private double RunEpoch(nn.Module module, optim.Optimizer optimizer, Tensor sample, Generator generator, CancellationToken cancel)
    {
        using DisposeScope epoch = NewDisposeScope();
        long count = sample.shape[0];
        Tensor order = randperm(count, int64, CPU, false, generator).to(device);
        double sum = 0;
        for (long start = 0; start < count; start += options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(options.BatchSize, count - start);
            Tensor batch = sample.index_select(0, order.narrow(0, start, length));
            optimizer.zero_grad();
            (Tensor reconstruction, Tensor? more) = _architecture.Forward(module, batch);
            Tensor loss = options.Loss == ReconstructionLoss.BinaryCrossEntropy
                ? nn.functional.binary_cross_entropy(reconstruction, batch)
                : nn.functional.mse_loss(reconstruction, batch);
            if (more is not null)
                loss += more;
            loss.backward();
            optimizer.step();
            sum += NativeTensors.Value(loss) * (double)length;
        }

        return sum / count;
    }

    private double ReconstructionError(nn.Module module, Tensor sample, CancellationToken cancel)
    {
        using IDisposable frozen = no_grad();
        long count = sample.shape[0];
        double sum = 0;
        for (long start = 0; start < count; start += options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope step = NewDisposeScope();
            long length = Math.Min(options.BatchSize, count - start);
            Tensor batch = sample.narrow(0, start, length);
            sum += NativeTensors.Value(nn.functional.mse_loss(_architecture.Forward(module, batch).Reconstruction, batch)) * (double)length;
        }

        return sum / count;
    }

    private optim.Optimizer CreateOptimizer(IEnumerable<Parameter> parameters) => options.Optimizer switch
    {
        TrainingOptimizer.Adam => optim.Adam(parameters, lr: options.LearningRate, weight_decay: options.WeightDecay),
        TrainingOptimizer.AdamW => optim.AdamW(parameters, lr: options.LearningRate, weight_decay: options.WeightDecay),
        _ => optim.SGD(parameters, options.LearningRate, momentum: options.Momentum, weight_decay: options.WeightDecay),
    };
}
