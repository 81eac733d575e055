namespace MLNetModelSpace;

/// <summary>One point of an encoder's learning curve.</summary>
/// <param name="Member">Which network of the ensemble, from 0.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's mini-batches.</param>
/// <param name="ValidationLoss">Loss over the validation models; the training loss where there are none.</param>
/// <param name="ValidationAngle">Mean angle over the validation models in degrees; over the training models where there are none.</param>
/// <param name="LearningRate">The learning rate of this epoch.</param>
public readonly record struct EmbeddingEpoch(
    int Member, int Epoch, double TrainingLoss, double ValidationLoss, double ValidationAngle, double LearningRate);
