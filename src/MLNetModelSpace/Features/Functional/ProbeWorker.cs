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
