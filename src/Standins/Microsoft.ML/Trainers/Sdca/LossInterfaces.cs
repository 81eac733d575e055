namespace Microsoft.ML.Trainers;

/// <summary>The loss of an output against a label.</summary>
public interface ILossFunction<in TOutput, in TLabel>
{
    double Loss(TOutput output, TLabel label);
}

public interface IScalarLoss : ILossFunction<float, float>
{
    float Derivative(float output, float label);
}

public interface IRegressionLoss : IScalarLoss
{
}

public interface ISupportSdcaLoss : IScalarLoss
{
}

/// <summary>A loss that regression by dual coordinate ascent can be fitted to.</summary>
public interface ISupportSdcaRegressionLoss : ISupportSdcaLoss, IRegressionLoss
{
}

public sealed class SquaredLoss : ISupportSdcaRegressionLoss
{
    public double Loss(float output, float label)
    {
        float difference = output - label;
        return difference * difference;
    }

    public float Derivative(float output, float label) => 2 * (output - label);
}
