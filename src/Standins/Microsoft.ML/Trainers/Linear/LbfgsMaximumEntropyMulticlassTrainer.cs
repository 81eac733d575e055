using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Maximum entropy (softmax regression) with L1 and L2 penalties, which leave the biases out.</summary>
public sealed class LbfgsMaximumEntropyMulticlassTrainer
    : LbfgsTrainerBase<LbfgsMaximumEntropyMulticlassTrainer.Options, MulticlassPredictionTransformer<MaximumEntropyModelParameters>, MaximumEntropyModelParameters>
{
    internal LbfgsMaximumEntropyMulticlassTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerUtils.MakeKeyLabel(options.LabelColumnName), "MultiClassLogisticRegression")
    {
    }

    private protected override int ScoresOf(DataViewSchema.Column label)
    {
        // One class would make the softmax of one score; the official trainer asks for two as well.
        ulong count = ((KeyDataViewType)label.Type).Count;
        return count is >= 2 and <= 1_000_000
            ? (int)count
            : throw new InvalidOperationException($"Label column '{label.Name}' has {count} classes; expected 2 to 1000000.");
    }

    private protected override MaximumEntropyModelParameters MakeModel(float[] parameters, int classes, int featureCount)
    {
        var weights = new float[classes][];
        for (int c = 0; c < classes; c++)
            weights[c] = parameters[(classes + (c * featureCount))..(classes + ((c + 1) * featureCount))];
        return new MaximumEntropyModelParameters(parameters[..classes], weights);
    }

    private protected override MulticlassPredictionTransformer<MaximumEntropyModelParameters> MakeTransformer(
        MaximumEntropyModelParameters model, DataViewSchema trainSchema) => new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        inputSchema.TryFindColumn(LabelColumn.Name, out var label);
        return TrainerUtils.MulticlassScores(label);
    }

    public sealed class Options : OptionsBase
    {
    }
}
