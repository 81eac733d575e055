namespace MLNetModelSpace;

/// <summary>What stands between the layers of an autoencoder.</summary>
public enum HiddenActivation
{
    /// <summary>Nothing: layers are composed as linear maps.</summary>
    Identity,

    /// <summary>max(0, x).</summary>
    ReLU,

    /// <summary>The logistic function.</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}
