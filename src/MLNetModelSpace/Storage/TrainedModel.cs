namespace MLNetModelSpace.Storage;

/// <summary>What training one model gives. Immutable.</summary>
/// <param name="Weights">All parameters in <c>state_dict</c> order.</param>
/// <param name="TrainingLoss">Mean loss of the last epoch.</param>
/// <param name="ReconstructionError">Mean squared error per pixel on the training sample, after training.</param>
internal sealed record TrainedModel(float[] Weights, float TrainingLoss, float ReconstructionError)
{
    /// <summary>Whether this stands for a model that diverged: nothing but NaN.</summary>
    public bool Diverged => float.IsNaN(TrainingLoss);

    public long Bytes => (Weights.LongLength * sizeof(float)) + 128;

    public static TrainedModel Missing(int weights)
    {
        float[] numbers = new float[weights];
        Array.Fill(numbers, float.NaN);
        return new TrainedModel(numbers, float.NaN, float.NaN);
    }
}

/// <summary>What a model's file says of it beside its weights.</summary>
/// <param name="Layout">Tensors and architecture.</param>
/// <param name="Seed">Of initialisation and shuffling.</param>
/// <param name="Options">The training options, as one text.</param>
/// <param name="Shares">Class proportions of its sample, where the row has them.</param>
/// <param name="Classes">The classes of the proportions, where the column names them.</param>
internal sealed record ModelDescription(WeightLayout Layout, long Seed, string Options, float[]? Shares, string[]? Classes);
