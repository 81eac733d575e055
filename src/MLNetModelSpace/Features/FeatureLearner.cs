namespace MLNetModelSpace.Features;

/// <summary>A family on its way to being fitted: it is shown the training models one by one where it asks for them.</summary>
internal abstract class FeatureLearner
{
    /// <summary>Whether it has to see the training models at all.</summary>
    public abstract bool NeedsModels { get; }

    /// <summary>Shows it one model; the weights are finite and valid during the call.</summary>
    public virtual void Accept(ReadOnlySpan<float> weights, WeightLayout layout)
    {
    }

    /// <summary>The fitted family, for one layout.</summary>
    public abstract FeatureBlock Finish();
}
