using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>Measurements of information of <c>mlContext.ModelSpace()</c>: how much features know of where a model comes from.</summary>
public sealed class ModelSpaceInformationCatalog
{
    internal ModelSpaceInformationCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>
    /// Measures how much each column of features knows about a label, by classifiers and by nearest neighbours, and how much their predictions keep:
    /// the paper's question of what is lost in vectorization (Section 3), answered by estimates that are always finite.
    /// </summary>
    /// <param name="data">A row a model; read once for the label and once for the features.</param>
    /// <param name="featureColumnNames">Columns of <see cref="float"/> or vectors of it, such as several vectorizations of the same weights.</param>
    /// <param name="labelColumnName">A Boolean, key or text column; <c>Origin</c> by default.</param>
    /// <param name="options">Folds, classifiers, intervals, seed; defaults where null. Zoos want <see cref="InformationReport.Options.SamplingKeyColumnName"/> set.</param>
    /// <returns>The estimates in nats and bits, each with an interval.</returns>
    /// <remarks>
    /// Slots that never change are left out. The same seed gives the same numbers on any number of threads. Information about the label in the weights
    /// themselves is reported as the best bound over the features, since raw weights have too many dimensions for any estimator here.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or an option is out of range.</exception>
    /// <exception cref="ArgumentException">
    /// No feature columns, a column twice, rows of different lengths, a value that is not finite, all slots constant, fewer rows than neighbours, one class only,
    /// or too few rows of a class or groups to hold any out.
    /// </exception>
    public InformationReport Measure(
        IDataView data,
        IReadOnlyList<string> featureColumnNames,
        string labelColumnName = ZooColumns.Origin,
        InformationReport.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(featureColumnNames);
        options ??= new InformationReport.Options();
        options.Validate();
        options = options.Seeded(ContextSeed.Or(Context, options.Seed));
        if (featureColumnNames.Count == 0 || featureColumnNames.Distinct().Count() < featureColumnNames.Count)
        {
            throw new ArgumentException("Feature columns are to be named, each once.", nameof(featureColumnNames));
        }

        var labels = LabelColumn.Read(data, labelColumnName);
        var (rows, keys) = FeatureColumn.Read(data, featureColumnNames, options.SamplingKeyColumnName);
        ulong[]? groups = options.SamplingKeyColumnName is null ? null : [.. keys];
        var measured = featureColumnNames.Select((name, i) => Measurement.Create(name, rows[i], labels)).ToList();
        if (options.Together && measured.Count > 1)
        {
            measured.Add(Measurement.Join(InformationReport.Together, measured));
        }

        var features = new List<FeatureInformation>();
        InformationEstimate? weights = null;
        string best = "";
        double strict = 1 - ((1 - options.Confidence) / measured.Count);
        foreach (var measurement in measured)
        {
            options.Progress?.Report(measurement.Name);
            Log($"Measuring {measurement.Name}: {labels.Classes.Length} models of {labels.Count} classes");
            var (information, cautious) = measurement.Run(labels, groups, options, strict);
            features.Add(information);
            if (weights is null || cautious.Nats > weights.Nats)
            {
                (weights, best) = (cautious, information.Name);
            }
        }

        return new InformationReport(LabelEntropy(labels), labels.Count, features, weights!, best);
    }

    private void Log(string message)
    {
        using IChannel channel = ((IHostEnvironment)Context).Start("Information.Measure");
        channel.Info(MessageSensitivity.None, message);
    }

    /// <summary>
    /// The entropy of the labels as they are; its upper end allows for the entropy that a sample of a larger population misses (to first order
    /// (classes − 1)/n), the value that Ross's estimator gives for classes that do not overlap.
    /// </summary>
    private static InformationEstimate LabelEntropy(LabelColumn labels)
    {
        double entropy = MutualInformation.Entropy(labels.Classes);
        double corrected = entropy + ((labels.Count - 1.0) / labels.Classes.Length);
        return new InformationEstimate(entropy, entropy, corrected, 1, labels.Classes.Length, "entropy of the rows' labels");
    }

    private sealed record Measurement(string Name, Matrix<double> Features, int ConstantSlots)
    {
        internal static Measurement Create(string name, List<float[]> rows, LabelColumn labels)
        {
            if (rows.Count != labels.Classes.Length)
            {
                throw new ArgumentException($"The data gave {labels.Classes.Length} rows on one pass and {rows.Count} on the next.", nameof(rows));
            }

            var all = FeatureColumn.ToMatrix(rows, name);
            int[] kept = [.. Enumerable.Range(0, all.ColumnCount).Where(j => !InformationGuard.IsConstant(all, j))];
            if (kept.Length == 0)
            {
                throw new ArgumentException($"Column '{name}' is constant: it has no variance and carries no information.", nameof(name));
            }

            var varying = Matrix<double>.Build.Dense(all.RowCount, kept.Length, (i, j) => all[i, kept[j]]);
            return new Measurement(name, varying, all.ColumnCount - kept.Length);
        }

        internal static Measurement Join(string name, IReadOnlyList<Measurement> parts) => new(
            name, parts.Select(part => part.Features).Aggregate((left, right) => left.Append(right)), parts.Sum(part => part.ConstantSlots));

        internal (FeatureInformation Information, InformationEstimate Cautious) Run(
            LabelColumn labels, ulong[]? groups, InformationReport.Options options, double strictConfidence)
        {
            var heldOut = HeldOutClassification.Run(Features, labels, groups, options);
            var information = new FeatureInformation(
                Name,
                Features.ColumnCount + ConstantSlots,
                ConstantSlots,
                heldOut.Bound(options.Confidence),
                MutualInformation.Ross(Features, labels.Classes, options),
                MutualInformation.Discrete(labels.Classes, heldOut.Predicted, options),
                heldOut.Chosen);
            return (information, heldOut.Bound(strictConfidence));
        }
    }
}
