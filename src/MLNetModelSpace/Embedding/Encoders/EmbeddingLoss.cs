namespace MLNetModelSpace;

/// <summary>
/// The losses of section 4.2 under which an encoder is trained. Here xᵢ is the encoder's output for model i, dᵢ the unit
/// vector of the dataset it was trained on, and N the size of a mini-batch. What is printed in the paper and what is
/// minimised here differ where the printed formula cannot be meant; each member says how.
/// </summary>
public enum EmbeddingLoss
{
    /// <summary>
    /// Contrastive N-pair: −(1/N) Σᵢ log( exp(xᵢᵀdᵢ/τ) / Σⱼ exp(xᵢᵀdⱼ/τ) ), xᵢ on the unit sphere.
    /// The paper prints one positive x⁺ᵢ beside a sum over i of negatives x⁻ᵢ, the index bound twice; here the positive is
    /// the model's own dataset and the negatives are the other datasets of the batch. The paper has no temperature (τ = 1),
    /// under which unit vectors cannot become confident; τ is <see cref="EmbeddingTrainerOptions.Temperature"/>.
    /// </summary>
    ContrastiveNPair,

    /// <summary>
    /// Angle: (1/N) Σᵢ (1 − cos(xᵢ, dᵢ)). The paper prints cos(x · d), which is the cosine of a number, and whose
    /// minimisation would turn the vectors apart.
    /// </summary>
    Cosine,

    /// <summary>
    /// Triplet: mean over i and over j ≠ i of max(0, ‖xᵢ − dᵢ‖² − ‖xᵢ − dⱼ‖² + ε), xᵢ on the unit sphere, squared distances
    /// as printed. The paper's bracket is left open, its sum is over x alone, and it does not say where x⁻ comes from: here
    /// every other dataset of the batch is a negative once. Datasets fill the sphere, so a fixed margin asks for the
    /// impossible between neighbours: ε is bounded by <see cref="EmbeddingTrainerOptions.Margin"/> and by ‖dᵢ − dⱼ‖².
    /// </summary>
    Triplet,

    /// <summary>
    /// Mean squared error (1/N) Σᵢ ‖xᵢ − dᵢ‖², as printed. Here xᵢ is the output before it is scaled to unit length: on the
    /// sphere ‖x − d‖² = 2(1 − cos(x, d)), and the loss would be <see cref="Cosine"/> again.
    /// </summary>
    MeanSquaredError,
}
