using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Theory;

// Reaches internals: calibration is compared with probabilities that are known; behind it is only the estimate.
public class ClassifierInformationTests
{
    private static readonly InformationReport.Options s_logistic = new() { Folds = 2, CalibrationFolds = 2, Classifiers = [InformationClassifier.LogisticRegression()] };

    [Fact]
    public void TheBoundOfTheRightClassifierIsTheInformation()
    {
        var (x, labels) = Mixtures.Two(1, 2000, dimensions: 1, seed: 111);
        double truth = Mixtures.Information(1);
        var bound = ClassifierInformation.LowerBound(x, labels, s_logistic);
        Assert.True(bound.Covers(truth), bound.ToString());
        Assert.Equal(truth, bound.Nats, 0.04);
    }

    [Fact]
    public void TreesSeeWhatALineCannot()
    {
        // The class is whether two signs agree: no linear function of x knows anything of it.
        var x = Gaussians.Standard(600, 2, seed: 112);
        int[] labels = [.. Enumerable.Range(0, 600).Select(i => x[i, 0] * x[i, 1] > 0 ? 1 : 0)];
        var both = new InformationReport.Options { Folds = 2, CalibrationFolds = 2 };
        Assert.True(ClassifierInformation.LowerBound(x, labels, both).Bits > 0.5);
        Assert.True(ClassifierInformation.LowerBound(x, labels, s_logistic).Bits < 0.1);
    }

    [Fact]
    public void NothingIsFoundWhereNothingIs()
    {
        // More features than a classifier can help overfitting on: without calibration the log-loss would be far above the entropy.
        var (x, labels) = Mixtures.Two(0, 120, dimensions: 30, seed: 113);
        var bound = ClassifierInformation.LowerBound(x, labels, new InformationReport.Options { Folds = 2, CalibrationFolds = 2 });
        Assert.True(bound.Covers(0), bound.ToString());
        Assert.True(bound.Bits < 0.02, bound.ToString());
    }

    [Fact]
    public void MoreThanTwoClassesAreBoundedToo()
    {
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => i % 3)];
        var noise = Gaussians.Standard(300, 2, seed: 114);
        var x = Matrix<double>.Build.Dense(300, 2, (i, j) => noise[i, j] + (labels[i] == j ? 8 : 0));
        var bound = ClassifierInformation.LowerBound(x, labels, s_logistic);
        Assert.InRange(bound.Nats, 0.9 * Math.Log(3), Math.Log(3));
    }

    [Fact]
    public void AClassifierThatErrsWithConfidenceIsCalibrated()
    {
        var scores = Enumerable.Range(0, 100).Select(i => new[] { 0.0, i % 4 == 0 ? -50.0 : 50.0 }).ToArray();
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i % 2)];
        var calibrator = ScoreCalibrator.Fit(scores, labels, 2);
        Assert.InRange(calibrator.LogLoss(scores, labels), 0, Math.Log(2) + 1e-3);
    }

    [Fact]
    public void ScoresInTheWrongOrderAreIgnored()
    {
        var scores = Enumerable.Range(0, 100).Select(i => new[] { 0.0, i % 2 == 0 ? 1.0 : -1.0 }).ToArray();
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i % 2)];
        double[] logs = ScoreCalibrator.Fit(scores, labels, 2).LogProbabilities(scores[0]);
        Assert.Equal(Math.Log(0.5), logs[0], 1e-6);
    }

    [Fact]
    public void OneClassIsAnError() => Assert.Throws<ArgumentException>(() => ClassifierInformation.LowerBound(Gaussians.Standard(9, 1, 115), new int[9]));

    [Fact]
    public void AClassTooSmallToHoldOutIsAnError()
    {
        int[] labels = new int[20];
        labels[3] = 1;
        Assert.Throws<ArgumentException>(() => ClassifierInformation.LowerBound(Gaussians.Standard(20, 1, 116), labels, s_logistic));
    }

    [Fact]
    public void NoClassifiersAreAnError() => Assert.Throws<ArgumentException>(() =>
        ClassifierInformation.LowerBound(Gaussians.Standard(9, 1, 117), [0, 1, 0, 1, 0, 1, 0, 1, 0], new InformationReport.Options { Classifiers = [] }));

    [Fact]
    public void OneFoldIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        ClassifierInformation.LowerBound(Gaussians.Standard(9, 1, 118), [0, 1, 0, 1, 0, 1, 0, 1, 0], new InformationReport.Options { Folds = 1 }));
}
