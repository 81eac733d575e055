namespace MLNetModelSpace.Features;

/// <summary>How a layer of a chain lies in its weight tensor.</summary>
internal enum ChainLayerKind
{
    /// <summary>[outputs, inputs·taps]: taps are 1, or the places of a feature map that was flattened.</summary>
    Linear,

    /// <summary>[outputs·taps, inputs]: a linear layer whose outputs become a feature map of so many places.</summary>
    Unflattening,

    /// <summary>[outputs, inputs, kH, kW].</summary>
    Convolution,

    /// <summary>[inputs, outputs, kH, kW].</summary>
    TransposedConvolution,
}
