namespace Microsoft.ML.Data;

/// <summary>How far scores are from labels.</summary>
public sealed class RegressionMetrics
{
    internal RegressionMetrics(double meanAbsolute, double meanSquared, double loss, double rSquared)
    {
        MeanAbsoluteError = meanAbsolute;
        MeanSquaredError = meanSquared;
        RootMeanSquaredError = Math.Sqrt(meanSquared);
        LossFunction = loss;
        RSquared = rSquared;
    }

    public double MeanAbsoluteError { get; }

    public double MeanSquaredError { get; }

    public double RootMeanSquaredError { get; }

    /// <summary>The mean squared error, computed in single precision row by row.</summary>
    public double LossFunction { get; }

    /// <summary>One less the squared error against that of the mean label; NaN where all labels are equal.</summary>
    public double RSquared { get; }
}
