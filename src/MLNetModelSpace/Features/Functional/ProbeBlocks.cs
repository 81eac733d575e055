using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Features;

/// <summary>Runs blocks of models on the probes, those of one layout side by side, each stack on a thread of our own.</summary>
/// <param name="vectorization">What is asked of them.</param>
/// <param name="single">Whether blocks are single rows: stacks have room for one model.</param>
/// <param name="maxThreads">Most threads; −1 for one a core.</param>
/// <param name="cancel">Looked at before each stack.</param>
internal sealed class ProbeBlocks(ProbeVectorization vectorization, bool single, int maxThreads, CancellationToken cancel) : BlockEvaluator
{
    private const int StacksAThread = 4;

    private readonly ConcurrentBag<ProbeWorker> _idle = [];

    public override int BlockSize { get; } =
        StacksAThread * LaneKernels.Lanes * (maxThreads == -1 ? Environment.ProcessorCount : Math.Min(maxThreads, Environment.ProcessorCount));

    public override void Evaluate(IReadOnlyList<ModelRow> rows)
    {
        List<List<ModelRow>> stacks = ProbeRunners.Divide(rows, StackSizeFor);
        TorchThreads.For(stacks.Count, maxThreads, cancel, i =>
        {
            ProbeWorker worker = _idle.TryTake(out ProbeWorker? idle) ? idle : new ProbeWorker(vectorization);
            try
            {
                worker.Evaluate(stacks[i], StackSizeFor(stacks[i][0].Layout));
            }
            catch (ExternalException error)
            {
                throw TorchErrors.Explain($"The model of {stacks[i][0].Layout} cannot be run on probes", error);
            }
            finally
            {
                _idle.Add(worker);
            }
        });
    }

    private int StackSizeFor(WeightLayout layout) => single ? 1 : vectorization.StackSizeFor(layout);

    public override void Dispose()
    {
        while (_idle.TryTake(out ProbeWorker? worker))
            worker.Dispose();
    }
}
