namespace MLNetModelSpace;

/// <summary>What a decoder's last layer ends in.</summary>
public enum OutputActivation
{
    /// <summary>Nothing: a linear output.</summary>
    Identity,

    /// <summary>The logistic function, which keeps reconstructions in (0, 1).</summary>
    Sigmoid,
}
