using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>What trainers by L-BFGS share.</summary>
public abstract class LbfgsTrainerBase<TOptions, TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TOptions : LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private readonly TOptions _options;

    private protected LbfgsTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label, string name)
        : base(
            env.Register(name), TrainerUtils.MakeFeatureColumn(options.FeatureColumnName), label,
            TrainerUtils.MakeWeightColumn(options.ExampleWeightColumnName))
    {
        options.Check();
        _options = options;
    }

    private protected override TModel TrainModelCore(IDataView data)
    {
        var rows = TrainingRows.Read(data, FeatureColumn.Name, LabelColumn.Name, WeightColumn.Name, Host, padShort: true);
        if (rows.Count == 0)
            throw new InvalidOperationException("No valid training instances found, all instances have missing features.");
        int classes = ScoresOf(data.Schema[LabelColumn.Name]);
        var objective = new LinearObjective(rows, classes, _options.L2Regularization, _options.NumberOfThreads);
        var parameters = new double[objective.Parameters];
        // The objective is the mean loss: its L2 penalty is shared out by weight, and the L1 penalty by rows, as officially.
        var optimizer = new OrthantWiseLbfgs(_options.HistorySize, _options.L1Regularization / (double)rows.Count, classes, _options.EnforceNonNegativity);
        optimizer.Minimize(parameters, objective.Evaluate, _options.OptimizationTolerance, _options.MaximumNumberOfIterations);
        return MakeModel(Array.ConvertAll(parameters, p => (float)p), classes, rows.FeatureCount);
    }

    /// <summary>The number of linear scores for a label.</summary>
    private protected abstract int ScoresOf(DataViewSchema.Column label);

    /// <summary>Makes the model of the biases and, class by class, the weights.</summary>
    private protected abstract TModel MakeModel(float[] parameters, int classes, int featureCount);

    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        /// <summary>The weight of half the squared weights, beside the sum of losses.</summary>
        public float L2Regularization = 1;

        /// <summary>The weight of the sum of the weights' magnitudes.</summary>
        public float L1Regularization = 1;

        /// <summary>Training ends when the mean improvement of the last steps, against the objective, is below this.</summary>
        public float OptimizationTolerance = 1e-7f;

        /// <summary>How many past steps the curvature is estimated from.</summary>
        public int HistorySize = 20;

        public int MaximumNumberOfIterations = int.MaxValue;

        /// <summary>The most threads to use; null for as many as there are processors. It does not change the result.</summary>
        public int? NumberOfThreads = null;

        /// <summary>Whether weights stay at zero or above; biases may have either sign.</summary>
        public bool EnforceNonNegativity;

        internal void Check()
        {
            if (!(L2Regularization >= 0))
                throw new ArgumentOutOfRangeException(nameof(L2Regularization), "Must be non-negative");
            if (!(L1Regularization >= 0))
                throw new ArgumentOutOfRangeException(nameof(L1Regularization), "Must be non-negative");
            if (!(OptimizationTolerance > 0))
                throw new ArgumentOutOfRangeException(nameof(OptimizationTolerance), "Must be positive");
            if (HistorySize <= 0)
                throw new ArgumentOutOfRangeException(nameof(HistorySize), "Must be positive");
            if (MaximumNumberOfIterations <= 0)
                throw new ArgumentOutOfRangeException(nameof(MaximumNumberOfIterations), "Must be positive");
            if (NumberOfThreads <= 0)
                throw new ArgumentOutOfRangeException(nameof(NumberOfThreads), "Must be positive (or empty for default)");
        }
    }
}
