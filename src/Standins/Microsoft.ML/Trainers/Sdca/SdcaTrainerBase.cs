using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>What trainers that pass over the data in random order share.</summary>
public abstract class StochasticTrainerBase<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected StochasticTrainerBase(IHost host, SchemaShape.Column feature, SchemaShape.Column label, SchemaShape.Column weight = default)
        : base(host, feature, label, weight)
    {
    }
}

/// <summary>What trainers by stochastic dual coordinate ascent share.</summary>
public abstract class SdcaTrainerBase<TOptions, TTransformer, TModel> : StochasticTrainerBase<TTransformer, TModel>
    where TOptions : SdcaTrainerBase<TOptions, TTransformer, TModel>.OptionsBase
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    // Steps divide by the penalty; without one they are those of next to none, as officially.
    private const double LeastL2 = 1e-30;

    private readonly TOptions _options;

    private protected SdcaTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label, string name)
        : base(
            env.Register(name), TrainerUtils.MakeFeatureColumn(options.FeatureColumnName), label,
            TrainerUtils.MakeWeightColumn(options.ExampleWeightColumnName))
    {
        options.Check();
        _options = options;
    }

    private protected override TModel TrainModelCore(IDataView data)
    {
        var rows = TrainingRows.Read(data, FeatureColumn.Name, LabelColumn.Name, WeightColumn.Name, Host, padShort: false);
        if (rows.Count == 0)
            throw new InvalidOperationException("Training set has 0 instances, aborting training.");
        // The official defaults: the fewer rows, the more passes over them.
        int iterations = _options.MaximumNumberOfIterations ?? 3 * Math.Max(1, 500_000 / rows.Count);
        double l2 = Math.Max(LeastL2, _options.L2Regularization ?? DefaultL2(rows.Count, iterations));
        var settings = new DualAscentSettings(
            l2, _options.L1Regularization ?? DefaultL1(rows.FeatureCount), _options.ConvergenceTolerance, iterations,
            _options.ConvergenceCheckFrequency is not { } frequency ? 1 : frequency > 0 ? frequency : int.MaxValue);
        var order = new PassOrder(rows.Numbers, rows.Count, data.CanShuffle, _options.Shuffle ? Host.Rand : null);
        var (weights, bias) = Solve(rows, settings, order);
        if (double.IsInfinity(l2) || !double.IsFinite(bias) || !Array.TrueForAll(weights, float.IsFinite))
            throw new ArgumentOutOfRangeException(nameof(weights), "Cannot initialize linear predictor with non-finite weights");
        return MakeModel(weights, (float)bias);
    }

    private (float[] Weights, double Bias) Solve(TrainingRows rows, DualAscentSettings settings, PassOrder order)
    {
        int width = rows.FeatureCount + 1;
        var values = new double[checked(rows.Count * width)];
        var labels = new double[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            for (int j = 0; j < row.Length; j++)
                values[(i * width) + j] = row[j];
            values[(i * width) + row.Length] = 1;
            labels[i] = !IsLogistic ? rows.Labels[i] : rows.Labels[i] > 0 ? 1 : -1;
        }
        var (weights, bias) = new DualCoordinateAscent(values, labels, rows.WeightsOrNull(), width, IsLogistic).Solve(settings, order);
        return (Array.ConvertAll(weights, w => (float)w), bias);
    }

    // The more features, the sparser the weights, as officially.
    private static float DefaultL1(int features) => features switch
    {
        < 100 => 0,
        < 1000 => 0.25f,
        < 10_000 => 0.5f,
        _ => 1,
    };

    private protected abstract double DefaultL2(int rows, int iterations);

    /// <summary>Whether the loss is the logistic one, of labels ±1, else the squared error.</summary>
    private protected abstract bool IsLogistic { get; }

    private protected abstract TModel MakeModel(float[] weights, float bias);

    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        /// <summary>The weight of half the squared weights, beside the mean loss; null to choose by the number of rows.</summary>
        public float? L2Regularization;

        /// <summary>The weight of the weights' magnitudes, against the L2 penalty; null to choose by the number of features: 0 below 100, 0.25 below 1,000, 0.5 below 10,000, else 1.</summary>
        public float? L1Regularization;

        /// <summary>Kept for code that sets it: training always runs on one thread, and so repeats itself exactly.</summary>
        public int? NumberOfThreads;

        /// <summary>Training ends when the gap between primal and dual objective, against the primal, is below this.</summary>
        public float ConvergenceTolerance = 0.1f;

        /// <summary>The most passes over the data; null to choose by the number of rows.</summary>
        public int? MaximumNumberOfIterations;

        /// <summary>Whether each pass goes through the rows in a new order.</summary>
        public bool Shuffle = true;

        /// <summary>After how many passes convergence is looked at; null for each, 0 or less for never.</summary>
        public int? ConvergenceCheckFrequency;

        private protected OptionsBase()
        {
        }

        internal void Check()
        {
            if (!((L2Regularization ?? 0) >= 0))
                throw new ArgumentOutOfRangeException(nameof(L2Regularization), "L2 constant must be non-negative.");
            if (!(ConvergenceTolerance > 0 && ConvergenceTolerance <= 1))
                throw new ArgumentOutOfRangeException(nameof(ConvergenceTolerance), "Convergence tolerance must be positive and no larger than 1.");
            if (MaximumNumberOfIterations <= 0)
                throw new ArgumentOutOfRangeException(nameof(MaximumNumberOfIterations), "Max number of iterations must be positive.");
            if (NumberOfThreads <= 0)
                throw new ArgumentOutOfRangeException(nameof(NumberOfThreads), "The number of threads must be either null or a positive integer.");
            if (!((L1Regularization ?? 0) >= 0))
                throw new ArgumentOutOfRangeException(nameof(L1Regularization), "L1 threshold must be non-negative.");
        }
    }
}

/// <summary>What trainers by stochastic dual coordinate ascent for two classes share.</summary>
public abstract class SdcaBinaryTrainerBase<TModelParameters>
    : SdcaTrainerBase<SdcaBinaryTrainerBase<TModelParameters>.BinaryOptionsBase, BinaryPredictionTransformer<TModelParameters>, TModelParameters>
    where TModelParameters : class
{
    private protected SdcaBinaryTrainerBase(IHostEnvironment env, BinaryOptionsBase options, string name)
        : base(env, options, TrainerUtils.MakeBoolLabel(options.LabelColumnName), name)
    {
    }

    private protected override double DefaultL2(int rows, int iterations) => 40.0 / ((double)rows * Math.Max(4, iterations & ~1));

    public class BinaryOptionsBase : OptionsBase
    {
    }
}
