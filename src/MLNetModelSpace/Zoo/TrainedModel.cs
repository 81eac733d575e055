namespace MLNetModelSpace;

/// <summary>What training one model gives. Immutable.</summary>
/// <param name="Weights">All parameters in <c>state_dict</c> order.</param>
/// <param name="TrainingLoss">Mean loss of the last epoch.</param>
/// <param name="ReconstructionError">Mean squared error per pixel on the training sample, after training.</param>
internal sealed record TrainedModel(float[] Weights, float TrainingLoss, float ReconstructionError)
{
    public long Bytes => (Weights.LongLength * sizeof(float)) + 128;
}
