namespace Microsoft.ML.Trainers.FastTree;

/// <summary>The best split found for a leaf: rows whose bin is at most <see cref="Bin"/> go left.</summary>
internal struct SplitCandidate
{
    public int Feature;
    public int Bin;
    public double Gain;
    public double LeftSum;
    public double RightSum;
    public double LeftWeight;

    public static SplitCandidate None => new() { Feature = -1, Gain = double.NegativeInfinity };
}
