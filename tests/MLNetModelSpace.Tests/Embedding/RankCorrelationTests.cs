using FsCheck;
using FsCheck.Fluent;
using MathNet.Numerics.Statistics;

namespace MLNetModelSpace.Tests.Embedding;

// Reaches internals: ties and orders are the cases of interest, and evaluation meets few of them.
public class RankCorrelationTests
{
    private static readonly double[] s_x = [1, 4, 2, 8, 5, 7, 1], s_y = [2, 3, 3, 9, 5, 5, 0];

    [Fact]
    public void PearsonAndSpearmanAgreeWithMathNet()
    {
        Assert.Equal(Correlation.Pearson(s_x, s_y), RankCorrelation.Pearson(s_x, s_y), 12);
        Assert.Equal(Correlation.Spearman(s_x, s_y), RankCorrelation.Spearman(s_x, s_y), 12);
    }

    [Fact]
    public void KendallAgreesWithCountingPairs() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var random = new Random(seed);
        int n = random.Next(2, 40);
        double[] x = new double[n], y = new double[n];
        for (int i = 0; i < n; i++)
            (x[i], y[i]) = (random.Next(6), random.Next(6));
        return Math.Abs(Counted(x, y) - RankCorrelation.Kendall(x, y)) < 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AConstantSampleGivesZero()
    {
        double[] constant = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
        Assert.Equal(0, RankCorrelation.Pearson(s_x, constant));
        Assert.Equal(0, RankCorrelation.Spearman(constant, s_y));
        Assert.Equal(0, RankCorrelation.Kendall(s_x, constant));
    }

    [Fact]
    public void SamplesOfDifferentSizesAreRefused() => Assert.StartsWith(
        "The samples have 7 and 2 values.", Assert.Throws<ArgumentException>(() => RankCorrelation.Kendall(s_x, [1, 2])).Message);

    private static double Counted(double[] x, double[] y)
    {
        double agree = 0, tiedX = 0, tiedY = 0, all = 0;
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = i + 1; j < x.Length; j++, all++)
            {
                agree += Math.Sign(x[i] - x[j]) * Math.Sign(y[i] - y[j]);
                tiedX += x[i] == x[j] ? 1 : 0;
                tiedY += y[i] == y[j] ? 1 : 0;
            }
        }

        double scale = Math.Sqrt((all - tiedX) * (all - tiedY));
        return scale == 0 ? 0 : agree / scale;
    }
}
