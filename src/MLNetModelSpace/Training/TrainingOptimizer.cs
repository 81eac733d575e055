namespace MLNetModelSpace;

/// <summary>The optimizer models are trained with, with PyTorch's defaults but for what the options say.</summary>
public enum TrainingOptimizer
{
    /// <summary>Adam (Kingma and Ba, 2015), β = (0.9, 0.999), ε = 1e-8.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}
