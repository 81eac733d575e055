namespace Microsoft.ML.Trainers;

/// <summary>A loss that regression by dual coordinate ascent can be fitted to. What a loss computes is not asked of it: the trainer knows its own.</summary>
public interface ISupportSdcaRegressionLoss
{
}

public sealed class SquaredLoss : ISupportSdcaRegressionLoss
{
}
