namespace MLNetModelSpace;

/// <summary>What becomes of raw weights.</summary>
public enum WeightProjection
{
    /// <summary>They are given one by one.</summary>
    None = 0,

    /// <summary>Principal components, learned from up to <see cref="VectorizeWeightsEstimator.Options.MaxPrincipalModels"/> training models, chosen by their weights and not by the order of the rows.</summary>
    PrincipalComponents = 1,

    /// <summary>Random directions of a seed; nothing is learned (Johnson and Lindenstrauss, 1984).</summary>
    Random = 2,
}
