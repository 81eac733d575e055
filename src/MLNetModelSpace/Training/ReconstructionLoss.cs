namespace MLNetModelSpace;

/// <summary>What reconstructions are compared with their images by; a mean over images and pixels.</summary>
public enum ReconstructionLoss
{
    /// <summary>The squared difference.</summary>
    MeanSquaredError,

    /// <summary>The cross-entropy of pixels in [0, 1] as probabilities; asks for <see cref="OutputActivation.Sigmoid"/>.</summary>
    BinaryCrossEntropy,
}
