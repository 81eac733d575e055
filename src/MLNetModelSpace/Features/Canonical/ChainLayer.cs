namespace MLNetModelSpace.Features;

/// <summary>One layer of a chain: where its weights and biases are, and how its units are connected.</summary>
/// <param name="Kind">How the weights lie.</param>
/// <param name="Weight">Index of the weight tensor in the layout.</param>
/// <param name="Bias">Index of the bias tensor, or -1.</param>
/// <param name="Inputs">Units (features or channels) that come in.</param>
/// <param name="Outputs">Units that come out.</param>
/// <param name="Taps">Weights between one pair of units: 1, or kH·kW.</param>
internal sealed record ChainLayer(ChainLayerKind Kind, int Weight, int Bias, int Inputs, int Outputs, int Taps)
{
    /// <summary>How many biases it has.</summary>
    public int Biases => Kind == ChainLayerKind.Unflattening ? Outputs * Taps : Outputs;

    /// <summary>Where weight <paramref name="tap"/> from unit <paramref name="input"/> to unit <paramref name="output"/> stands in the tensor.</summary>
    public int OffsetOf(int input, int output, int tap) => Kind switch
    {
        ChainLayerKind.Unflattening => (((output * Taps) + tap) * Inputs) + input,
        ChainLayerKind.TransposedConvolution => (((input * Outputs) + output) * Taps) + tap,
        _ => (((output * Inputs) + input) * Taps) + tap,
    };

    /// <summary>Copies the weights into a row for each output unit: outputs × (inputs·taps).</summary>
    public void CopyIncoming(ReadOnlySpan<float> weights, Span<double> rows)
    {
        for (int output = 0; output < Outputs; output++)
        {
            for (int input = 0; input < Inputs; input++)
                Copy(weights, input, output, rows[(((output * Inputs) + input) * Taps)..]);
        }
    }

    /// <summary>Copies the weights into a row for each input unit: inputs × (outputs·taps).</summary>
    public void CopyOutgoing(ReadOnlySpan<float> weights, Span<double> rows)
    {
        for (int input = 0; input < Inputs; input++)
        {
            for (int output = 0; output < Outputs; output++)
                Copy(weights, input, output, rows[(((input * Outputs) + output) * Taps)..]);
        }
    }

    /// <summary>Sums the weights between each pair of units, which is the response to a constant image: inputs × outputs.</summary>
    public void SumTaps(ReadOnlySpan<float> weights, Span<double> sums)
    {
        for (int input = 0; input < Inputs; input++)
        {
            for (int output = 0; output < Outputs; output++)
            {
                double sum = 0;
                for (int tap = 0; tap < Taps; tap++)
                    sum += weights[OffsetOf(input, output, tap)];
                sums[(input * Outputs) + output] = sum;
            }
        }
    }

    private void Copy(ReadOnlySpan<float> weights, int input, int output, Span<double> destination)
    {
        int offset = OffsetOf(input, output, 0);
        int step = Kind == ChainLayerKind.Unflattening ? Inputs : 1;
        for (int tap = 0; tap < Taps; tap++)
            destination[tap] = weights[offset + (tap * step)];
    }
}
