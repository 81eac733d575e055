namespace MLNetModelSpace.Features;

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
