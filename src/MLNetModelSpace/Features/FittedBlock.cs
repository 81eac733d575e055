namespace MLNetModelSpace.Features;

/// <summary>A family that has nothing to learn: its block is known beforehand.</summary>
internal sealed class FittedBlock(FeatureBlock block) : FeatureLearner
{
    public override bool NeedsModels => false;

    public override FeatureBlock Finish() => block;
}
