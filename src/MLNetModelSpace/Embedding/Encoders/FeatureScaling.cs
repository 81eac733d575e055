namespace MLNetModelSpace;

/// <summary>How an encoder scales its features, with what it learns from the training models.</summary>
public enum FeatureScaling
{
    /// <summary>Every feature to mean 0 and deviation 1: for features of different kinds.</summary>
    PerFeature,

    /// <summary>
    /// Every feature to mean 0, all by one factor to a root mean square of 1: for features of one kind and unit, where those that vary
    /// most say most.
    /// </summary>
    Common,
}
