using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Theory;

/// <summary>
/// What classifiers say about rows they have not seen: every row is held out once; on the other rows the classifiers are calibrated
/// and one of them chosen by an inner cross-validation, so that neither choice nor calibration has seen the held-out rows.
/// </summary>
internal sealed class HeldOutClassification
{
    private readonly Matrix<double> _features;
    private readonly LabelColumn _labels;
    private readonly ulong[]? _groups;
    private readonly InformationReport.Options _options;

    private HeldOutClassification(Matrix<double> features, LabelColumn labels, ulong[]? groups, InformationReport.Options options)
    {
        _features = features;
        _labels = labels;
        _groups = groups;
        _options = options;
        LogLoss = new double[features.RowCount];
        Predicted = new int[features.RowCount];
    }

    /// <summary>−log of the probability given to the true class of each row, in nats.</summary>
    internal double[] LogLoss { get; }

    /// <summary>The most probable class of each row.</summary>
    internal int[] Predicted { get; }

    /// <summary>The classifier chosen in each fold.</summary>
    internal IReadOnlyList<string> Chosen { get; private set; } = [];

    internal static HeldOutClassification Run(Matrix<double> features, LabelColumn labels, ulong[]? groups, InformationReport.Options options)
    {
        var run = new HeldOutClassification(features, labels, groups, options);
        run.Run();
        return run;
    }

    /// <summary>max(0, H(Y) − mean log-loss) with the percentile interval over held-out rows.</summary>
    internal InformationEstimate Bound(double confidence)
    {
        int[] classes = _labels.Classes;
        double Statistic(ReadOnlySpan<int> rows)
        {
            var counts = new int[_labels.Count];
            double loss = 0;
            foreach (int row in rows)
            {
                counts[classes[row]]++;
                loss += LogLoss[row];
            }

            return Entropy(counts, rows.Length) - (loss / rows.Length);
        }

        int[] all = [.. Enumerable.Range(0, classes.Length)];
        double value = Math.Max(0, Statistic(all));
        var (lower, upper) = Bootstrap.Percentile(classes.Length, Statistic, _options.With(confidence));

        // Nothing is known for certain of the sign below 0, where the bound says no more than I >= 0.
        return new InformationEstimate(value, Math.Clamp(lower, 0, value), Math.Max(value, upper), confidence, classes.Length, "held-out log-loss");
    }

    private static double Entropy(int[] counts, int total)
    {
        double entropy = 0;
        foreach (int count in counts)
        {
            double share = (double)count / total;
            entropy -= count > 0 ? share * Math.Log(share) : 0;
        }

        return entropy;
    }

    private void Run()
    {
        int[] rows = [.. Enumerable.Range(0, _features.RowCount)];
        int folds = _options.Folds;
        int[] fold = HeldOutFolds.Assign(rows, _labels.Classes, _groups, ref folds, SplitMix.SeedOf(_options.SeedOrZero, 11));
        if (folds < 2)
        {
            throw new ArgumentException("All rows are of one group: nothing can be held out.", nameof(InformationReport.Options.SamplingKeyColumnName));
        }

        var chosen = new string[folds];
        Bootstrap.InParallel(folds, _options, () => 0, (f, _) =>
        {
            int[] train = [.. rows.Where(row => fold[row] != f)];
            int[] test = [.. rows.Where(row => fold[row] == f)];
            chosen[f] = RunFold(train, test, f);
        });
        Chosen = chosen;
    }

    private string RunFold(int[] train, int[] test, int fold)
    {
        int inner = _options.CalibrationFolds;
        int innerSeed = SplitMix.SeedOf(_options.SeedOrZero, 100 + fold);
        int[] innerFold = HeldOutFolds.Assign(train, _labels.Classes, _groups, ref inner, innerSeed);
        if (inner < 2)
        {
            // One group is left: its own rows calibrate it, which makes the bound lower, not wrong.
            inner = _options.CalibrationFolds;
            innerFold = HeldOutFolds.Assign(train, _labels.Classes, groups: null, ref inner, innerSeed);
        }

        int[] trainClasses = [.. train.Select(row => _labels.Classes[row])];
        InformationClassifier? best = null;
        ScoreCalibrator? calibrator = null;
        double bestLoss = double.PositiveInfinity;
        foreach (var candidate in _options.Classifiers)
        {
            var scores = new double[train.Length][];
            for (int g = 0; g < inner; g++)
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                int[] rest = [.. Enumerable.Range(0, train.Length).Where(i => innerFold[i] != g)];
                int[] held = [.. Enumerable.Range(0, train.Length).Where(i => innerFold[i] == g)];
                double[][] part = Score(candidate, [.. rest.Select(i => train[i])], [.. held.Select(i => train[i])]);
                for (int i = 0; i < held.Length; i++)
                {
                    scores[held[i]] = part[i];
                }
            }

            var fitted = ScoreCalibrator.Fit(scores, trainClasses, _labels.Count);
            double loss = fitted.LogLoss(scores, trainClasses);
            if (loss < bestLoss)
            {
                (best, calibrator, bestLoss) = (candidate, fitted, loss);
            }
        }

        _options.CancellationToken.ThrowIfCancellationRequested();
        double[][] heldOut = Score(best!, train, test);
        for (int i = 0; i < test.Length; i++)
        {
            double[] logs = calibrator!.LogProbabilities(heldOut[i]);
            LogLoss[test[i]] = -logs[_labels.Classes[test[i]]];
            Predicted[test[i]] = Array.IndexOf(logs, logs.Max());
        }

        return best!.Name;
    }

    /// <summary>A score for each class of each test row, from a classifier fitted on the training rows.</summary>
    private double[][] Score(InformationClassifier classifier, int[] train, int[] test)
    {
        if (train.Select(row => _labels.Classes[row]).Distinct().Count() < 2)
        {
            throw new ArgumentException(
                $"With some rows held out, {train.Length} rows of one class are left to train on; more rows of each class, or in more groups, are needed.", "label");
        }

        var context = new MLContext(SplitMix.SeedOf(_options.SeedOrZero, 7));
        var (mean, scale) = Standardization(train);
        var model = classifier.Create(context, _labels.Count).Fit(View(context, train, mean, scale));
        var scored = model.Transform(View(context, test, mean, scale));
        if (_labels.Count == 2)
        {
            return [.. scored.GetColumn<float>("Score").Select(score => new[] { 0.0, Finite(score) })];
        }

        const double SmallestProbability = 1e-12;
        return [.. scored.GetColumn<float[]>("Score").Select(row => row.Select(p => Math.Log(Math.Max(SmallestProbability, Finite(p)))).ToArray())];

        double Finite(float score) => float.IsFinite(score)
            ? score
            : throw new InvalidOperationException($"The classifier '{classifier.Name}' gave the score {score}.");
    }

    /// <summary>Mean and reciprocal standard deviation of each feature on the training rows; 0 for one that is constant there.</summary>
    private (double[] Mean, double[] Scale) Standardization(int[] train)
    {
        (double[] mean, double[] squares) = ColumnMoments.Of(train.Length, _features.ColumnCount, (i, values) =>
        {
            for (int j = 0; j < values.Length; j++)
            {
                values[j] = _features[train[i], j];
            }
        });
        var scale = new double[mean.Length];
        for (int j = 0; j < scale.Length; j++)
        {
            double deviation = Math.Sqrt(squares[j] / train.Length);
            scale[j] = deviation > SymmetricMatrix.MachineEpsilon * Math.Abs(mean[j]) ? 1 / deviation : 0;
        }

        return (mean, scale);
    }

    private IDataView View(MLContext context, int[] rows, double[] mean, double[] scale)
    {
        var features = new VectorDataViewType(NumberDataViewType.Single, mean.Length);
        float[] Standardized(int row)
        {
            var values = new float[mean.Length];
            for (int j = 0; j < values.Length; j++)
            {
                values[j] = (float)((_features[row, j] - mean[j]) * scale[j]);
            }

            return values;
        }

        if (_labels.Count == 2)
        {
            var schema = SchemaDefinition.Create(typeof(BinaryRow));
            schema[nameof(BinaryRow.Features)].ColumnType = features;
            return context.Data.LoadFromEnumerable(
                rows.Select(row => new BinaryRow { Label = _labels.Classes[row] == 1, Features = Standardized(row) }).ToArray(), schema);
        }

        // In a row type of one's own ML.NET counts keys from 0; it is the data view that counts them from 1.
        var keyed = SchemaDefinition.Create(typeof(KeyRow));
        keyed[nameof(KeyRow.Features)].ColumnType = features;
        keyed[nameof(KeyRow.Label)].ColumnType = new KeyDataViewType(typeof(uint), _labels.Count);
        return context.Data.LoadFromEnumerable(
            rows.Select(row => new KeyRow { Label = (uint)_labels.Classes[row], Features = Standardized(row) }).ToArray(), keyed);
    }

    private sealed class BinaryRow
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    private sealed class KeyRow
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}

/// <summary>Splits of rows into folds: stratified by class, or by group where groups must not be split. The same for the same seed.</summary>
internal static class HeldOutFolds
{
    /// <summary>The fold of each of the given rows.</summary>
    /// <param name="rows">The rows to split.</param>
    /// <param name="classes">The class of every row.</param>
    /// <param name="groups">The group of every row, or null.</param>
    /// <param name="folds">How many folds; fewer where there are fewer groups.</param>
    /// <param name="seed">The seed of the shuffle.</param>
    internal static int[] Assign(int[] rows, int[] classes, ulong[]? groups, ref int folds, int seed)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        var assigned = new int[rows.Length];
        if (groups is not null)
        {
            ulong[] distinct = [.. rows.Select(row => groups[row]).Distinct().Order()];
            folds = Math.Min(folds, distinct.Length);
            Shuffle(distinct, random);
            int count = folds;
            var fold = distinct.Select((group, i) => (group, i)).ToDictionary(pair => pair.group, pair => pair.i % count);
            for (int i = 0; i < rows.Length; i++)
            {
                assigned[i] = fold[groups[rows[i]]];
            }

            return assigned;
        }

        // Classes are dealt one after the other, so that folds differ by one row at most in size.
        int next = 0;
        foreach (var members in Enumerable.Range(0, rows.Length).GroupBy(i => classes[rows[i]]).OrderBy(group => group.Key))
        {
            int[] shuffled = [.. members];
            Shuffle(shuffled, random);
            foreach (int i in shuffled)
            {
                assigned[i] = next++ % folds;
            }
        }

        return assigned;
    }

    private static void Shuffle<T>(T[] values, RandomSource random)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
