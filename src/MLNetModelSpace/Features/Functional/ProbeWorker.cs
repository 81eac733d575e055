using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MLNetModelSpace.Features;

/// <summary>Shows the probes to some models of one layout and fills in what is made of their answers. Owns its buffers: used by one thread at a time.</summary>
internal sealed class ProbeWorker : IDisposable
{
    private readonly ProbeVectorization _vectorization;
    private readonly ProbeFeatures _features;
    private readonly ProbeRunners _runners;
    private readonly List<AnswerSums> _sums = [];
    private readonly JacobianSpectrum? _jacobian;
    private readonly GradientNorms? _gradients;
    private readonly GradientForm? _form;

    public ProbeWorker(ProbeVectorization vectorization)
    {
        _vectorization = vectorization;
        _features = vectorization.Plan.Features;
        _runners = new ProbeRunners(vectorization.Plan);
        if (_features.HasFlag(ProbeFeatures.JacobianSpectra))
            _jacobian = new JacobianSpectrum(vectorization);
        if (_features.HasFlag(ProbeFeatures.GradientNorms))
            _gradients = new GradientNorms();
        if (vectorization.Mixtures is not null)
            _form = new GradientForm(vectorization.Plan.Shape, vectorization.Textures, vectorization.Plan.Textures);
    }

    /// <summary>Fills in the rows' results, or their errors.</summary>
    /// <param name="rows">Of one layout.</param>
    /// <param name="models">The most of that layout that are ever run at a time.</param>
    public void Evaluate(IReadOnlyList<ModelRow> rows, int models)
    {
        ProbeRunner runner;
        try
        {
            runner = _runners.Load(rows, models);
        }
        catch (InvalidDataException error)
        {
            foreach (ModelRow row in rows)
                row.Error = error;
            return;
        }

        while (_sums.Count < rows.Count)
            _sums.Add(new AnswerSums(_vectorization));
        ShowProbes(runner, rows);
        _jacobian?.Fill(runner, rows, _sums);
        for (int model = 0; model < rows.Count; model++)
        {
            if (rows[model].Error is null)
                _sums[model].Finish(rows[model].Result);
        }

        _form?.Fill(runner, rows, (row, matrices) => _vectorization.Mixtures!.Fill(matrices, row.Result.AsSpan()[^_vectorization.Mixtures.Count..]));
    }

    public void Dispose()
    {
        _runners.Dispose();
        _form?.Dispose();
    }

    private void ShowProbes(ProbeRunner runner, IReadOnlyList<ModelRow> rows)
    {
        if (_gradients is null)
        {
            foreach ((int start, int count) in Batches(0, _vectorization.Probes.Count, runner.BatchSize))
                Show(runner, rows, start, count);
            return;
        }

        for (int group = 0; group < _vectorization.ProbeGroups.Count; group++)
        {
            (_, int first, int images) = _vectorization.ProbeGroups[group];
            foreach ((int start, int count) in Batches(first, images, runner.BatchSize))
            {
                Show(runner, rows, start, count);
                runner.FindGradients();
                for (int model = 0; model < rows.Count; model++)
                    _gradients.Add(runner, model, rows[model].Layout, (float)count / images, start == first);
            }

            for (int model = 0; model < rows.Count; model++)
            {
                ModelRow row = rows[model];
                Span<float> destination = row.Result.AsSpan(_vectorization.GradientsAt + (group * GradientNorms.Names.Count), GradientNorms.Names.Count);
                if (row.Error is null && !_gradients.Fill(model, row.Layout, _sums[model].MeanError(first, images), destination))
                    row.Error = ProbePlan.TooLarge(row.Layout);
            }
        }
    }

    private void Show(ProbeRunner runner, IReadOnlyList<ModelRow> rows, int start, int count)
    {
        runner.Show(_vectorization.Probes.Values, start, count);
        for (int model = 0; model < rows.Count; model++)
        {
            ModelRow row = rows[model];
            if (row.Error is null && !_sums[model].Add(runner.GetAnswers(model), start, count, row.Result))
                row.Error = ProbePlan.TooLarge(row.Layout);
        }
    }

    /// <summary>Some images in parts of about equal size.</summary>
    public static IEnumerable<(int Start, int Count)> Batches(int start, int count, int largest)
    {
        int parts = (count + largest - 1) / largest;
        for (int part = 0; part < parts; part++)
        {
            int from = (int)((long)count * part / parts), to = (int)((long)count * (part + 1) / parts);
            yield return (start + from, to - from);
        }
    }
}

/// <summary>Runs batches of models on the probes, those of one layout side by side, each stack on a thread of our own.</summary>
/// <param name="vectorization">What is asked of them.</param>
/// <param name="single">Whether batches are single rows: stacks have room for one model.</param>
/// <param name="maxThreads">Most threads; −1 for one a core.</param>
/// <param name="cancel">Looked at before each stack.</param>
internal sealed class ProbeBatches(ProbeVectorization vectorization, bool single, int maxThreads, CancellationToken cancel) : BatchEvaluator
{
    private const int StacksAThread = 4;

    private readonly ConcurrentBag<ProbeWorker> _idle = [];

    public override int BatchSize { get; } =
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
