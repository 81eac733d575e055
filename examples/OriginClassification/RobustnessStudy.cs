using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>Judges classifiers on models that came about otherwise than those they were fitted to: trained otherwise, or stored otherwise.</summary>
internal sealed class RobustnessStudy
{
    private readonly OriginOptions _options;
    private readonly MLContext _ml;
    private readonly CancellationToken _cancel;
    private readonly TrainedZoo _zoo;
    private readonly List<(string Name, IDataView Models, bool SameLayout)> _conditions = [];

    public RobustnessStudy(OriginOptions options, MLContext ml, TrainedZoo zoo, CancellationToken cancel)
    {
        (_options, _ml, _zoo, _cancel) = (options, ml, zoo, cancel);
        _conditions.Add(("as in training", zoo.Test, true));
        AddStored();
        AddTrained();
    }

    /// <summary>Judges the classifiers of all pairs; no result where the vectorization is for one layout and models have another.</summary>
    public IEnumerable<RobustnessResult> Run(Vectorizations.Vectorization vectorization, ITransformer vectorizer, IReadOnlyList<PairFit> fits)
    {
        foreach ((string name, IDataView models, bool sameLayout) in _conditions)
        {
            _cancel.ThrowIfCancellationRequested();
            if (Vectorize(vectorization, vectorizer, models, sameLayout) is not { } rows)
                continue;
            foreach (IGrouping<string, PairFit> group in fits.GroupBy(fit => fit.Result.Trainer))
                yield return Judge(vectorization, group, name, rows);
        }
    }

    private RobustnessResult Judge(Vectorizations.Vectorization vectorization, IGrouping<string, PairFit> fits, string name, OriginRow[] rows)
    {
        CalibratedBinaryClassificationMetrics[] metrics =
        [
            .. fits.Select(fit => new OriginClassifiers(_ml, _options.Seed, 0).Evaluate(fit.Classifier, OriginRow.Pair(rows, fit.First, fit.Second))),
        ];
        return new RobustnessResult(
            _zoo.Dataset, _zoo.Architecture, vectorization.Name, vectorization.Kind, fits.Key, name,
            metrics.Average(m => double.IsNaN(m.PositivePrecision) ? 0 : m.PositivePrecision), metrics.Average(m => m.PositiveRecall),
            metrics.Average(m => m.AreaUnderRocCurve));
    }

    /// <summary>The same numbers of other models: of another layout only where each number is the same thing there.</summary>
    private OriginRow[]? Vectorize(Vectorizations.Vectorization vectorization, ITransformer vectorizer, IDataView models, bool sameLayout)
    {
        if (sameLayout || vectorization.Kind == Vectorizations.Functional)
            return OriginRow.Read(vectorizer.Transform(models));
        if (vectorization.Learns)
            return null;
        IDataView vectors = vectorization.Create(_ml, _zoo.Plan).Fit(models).Transform(models);
        return FeatureImportance.SlotNames(vectors).SequenceEqual(FeatureImportance.SlotNames(vectorizer.Transform(_zoo.Test))) ? OriginRow.Read(vectors) : null;
    }

    private void AddStored()
    {
        WeightLayout layout = Architectures.Parse(_zoo.Architecture, _options.Hidden)[0].Architecture.GetLayout(_zoo.Plan.Dataset.Shape);
        string text = layout.ToJson();
        OtherModel[] models =
        [
            .. _zoo.Test.GetColumn<float[]>(ZooColumns.Weights).Zip(
                _zoo.Test.GetColumn<uint>(ZooColumns.OriginClass), (weights, key) => new OtherModel { Weights = weights, Layout = text, OriginClass = key }),
        ];
        var random = new Random(_options.Seed);
        foreach ((string name, Func<float[], float[]> change) in new (string, Func<float[], float[]>)[]
        {
            ("bfloat16", StoredWeights.ToBfloat16), ("int8", StoredWeights.ToInt8), ("1% noise", values => StoredWeights.AddNoise(values, random)),
        })
        {
            OtherModel[] changed = [.. models.Select(model => model.With(layout, change))];
            _conditions.Add((name, _ml.Data.LoadFromEnumerable(changed), true));
        }
    }

    /// <summary>Half as many models of each way to train, from images of the test half alone.</summary>
    private void AddTrained()
    {
        ZooPlan plan = PlanHeldOut();
        int hidden = _options.Hidden;
        foreach ((string name, OriginOptions options, int width, int channels) in new[]
        {
            ("another seed", _options, hidden, 8), ("learning rate ×½", _options with { LearningRate = _options.LearningRate / 2 }, hidden, 8),
            ("learning rate ×2", _options with { LearningRate = _options.LearningRate * 2 }, hidden, 8),
            ("epochs ×½", _options with { Epochs = Math.Max(1, _options.Epochs / 2) }, hidden, 8), ("epochs ×2", _options with { Epochs = 2 * _options.Epochs }, hidden, 8),
            ("width ×½", _options, Math.Max(1, hidden / 2), 4), ("width ×2", _options, 2 * hidden, 16),
        })
        {
            Architecture architecture = Architectures.Parse(_zoo.Architecture, width, channels)[0].Architecture;
            var progress = new ForwardedProgress();
            TrainAutoencoderTransformer trainer = ZooTraining.CreateEstimator(_ml, architecture, options, progress, _cancel).Fit(plan.Train);
            IDataView models = trainer.Transform(plan.Test);
            ZooTraining.Run(_zoo.Architecture, [(name, models)], progress);
            _conditions.Add((name, _ml.Transforms.SelectColumns(ZooColumns.Weights, ZooColumns.OriginClass).Fit(models).Transform(models), channels == 8));
        }
    }

    /// <summary>A plan of other seeds whose models see held-out images only: the test half's, of which its test half is taken.</summary>
    private ZooPlan PlanHeldOut()
    {
        ImageDataset all = _zoo.Plan.Dataset;
        int[] indices = [.. _zoo.Plan.Classes.SelectMany(name => _zoo.Plan.TestImages(name).ToArray())];
        byte[] pixels = new byte[indices.Length * all.Shape.Size];
        byte[] labels = new byte[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            all.GetPixels(indices[i]).CopyTo(pixels.AsSpan(i * all.Shape.Size));
            labels[i] = all.Labels[indices[i]];
        }

        var heldOut = new ImageDataset(all.Name, all.Shape, pixels, labels, all.ClassNames);
        return _ml.ModelSpace().Data.PlanZoo(
            heldOut, models: Math.Max(1, _options.Models / 2), shares: ZooShares.OneClassEach([.. _zoo.Plan.Classes]), imagesPerModel: _options.Images,
            seed: _options.Seed + 1000, folds: 1);
    }
}
