using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.FastTree;

/// <summary>What all trainers of trees share.</summary>
public abstract class FastTreeTrainerBase<TOptions, TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TOptions : TreeOptions
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private readonly EnsembleTraining _training;
    private readonly bool _boosted;

    private protected readonly TOptions Options;

    private protected FastTreeTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label, string name, bool boosted)
        : base(
            env.Register(name), TrainerUtils.MakeFeatureColumn(options.FeatureColumnName), label,
            TrainerUtils.MakeWeightColumn(options.ExampleWeightColumnName))
    {
        Options = options;
        _training = options.ToTraining();
        _boosted = boosted;
    }

    private protected override TModel TrainModelCore(IDataView data)
    {
        var rows = TrainingRows.Read(data, FeatureColumn.Name, LabelColumn.Name, WeightColumn.Name, Host, padShort: true, static text => new IndexOutOfRangeException(text));
        if (rows.Count == 0)
            throw new InvalidOperationException("All instances skipped due to missing features.");
        if (Options.MaximumBinCountPerFeature < 2)
            throw new InvalidOperationException($"{nameof(Options.MaximumBinCountPerFeature)} is {Options.MaximumBinCountPerFeature}; expected 2 or more");
        if (Options.BaggingSize > 0 && Options.NumberOfTrees % Options.BaggingSize != 0)
            throw new InvalidOperationException("Number of trees should be a multiple of number bag size");
        var treeRows = new TreeRows(rows.Values, rows.Count, rows.FeatureCount, rows.Labels, rows.WeightsOrNull());
        var trees = EnsembleTrainer.Train(treeRows, _training, MakeObjective(), _boosted, ReportFailures);
        return MakeModel(trees, rows.FeatureCount);
    }

    private protected abstract ITreeObjective MakeObjective();

    private protected abstract TModel MakeModel(List<TreeShape> trees, int featureCount);

    private void ReportFailures(int failures)
    {
        using var channel = Host.Start("Training");
        channel.Warning(
            MessageSensitivity.None,
            $"{failures} of the boosting iterations failed to grow a tree. This is commonly because the minimum documents in leaf hyperparameter was set too high for this dataset.");
    }
}

/// <summary>What trainers that boost share.</summary>
public abstract class BoostingFastTreeTrainerBase<TOptions, TTransformer, TModel> : FastTreeTrainerBase<TOptions, TTransformer, TModel>
    where TOptions : BoostedTreeOptions
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected BoostingFastTreeTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label, string name)
        : base(env, options, label, name, boosted: true)
    {
    }
}

/// <summary>What trainers of random forests share.</summary>
public abstract class RandomForestTrainerBase<TOptions, TTransformer, TModel> : FastTreeTrainerBase<TOptions, TTransformer, TModel>
    where TOptions : FastForestOptionsBase
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected RandomForestTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label, string name)
        : base(env, options, label, name, boosted: false)
    {
    }
}
