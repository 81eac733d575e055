using FsCheck;
using FsCheck.Fluent;

namespace MLNetModelSpace.Tests.Theory;

public class RateDistortionTests
{
    [Fact]
    public void OneComponentIsTheTextbookFormula()
    {
        var rate = RateDistortion.AtDistortion([4], 1);
        Assert.Equal(Math.Log(2), rate.Rate, 1e-12);
        Assert.Equal(1, rate.WaterLevel, 1e-12);
    }

    [Fact]
    public void SmallComponentsAreNotDescribed()
    {
        // θ = 1: components 8 and 2 are described, 0.5 is lost whole; D = 1 + 1 + 0.5.
        var rate = RateDistortion.AtDistortion([0.5, 8, 2], 2.5);
        Assert.Equal(1, rate.WaterLevel, 1e-12);
        Assert.Equal(2, rate.Components);
        Assert.Equal(0.5 * Math.Log(16), rate.Rate, 1e-12);
    }

    [Fact]
    public void NoRateIsNeededFromTheTotalVarianceOn()
    {
        Assert.Equal(0, RateDistortion.AtDistortion([3, 1], 4).Rate);
        Assert.Equal(0, RateDistortion.AtDistortion([3, 1], 40).Rate);
    }

    [Fact]
    public void WithoutDistortionTheRateIsInfinite() => Assert.Equal(double.PositiveInfinity, RateDistortion.AtDistortion([3, 1], 0).Rate);

    [Fact]
    public void DistortionAndWaterLevelAreInverse()
    {
        Prop.ForAll(
            Gen.Choose(1, 1000).Select(value => value / 100.0).ArrayOf().Where(values => values.Length > 0).ToArbitrary(),
            Gen.Choose(1, 99).Select(value => value / 100.0).ToArbitrary(),
            (values, share) =>
            {
                double distortion = share * values.Sum();
                var at = RateDistortion.AtDistortion(values, distortion);
                var back = RateDistortion.AtWaterLevel(values, at.WaterLevel);
                return Math.Abs(back.Distortion - distortion) < 1e-9 * values.Sum() && Math.Abs(back.Rate - at.Rate) < 1e-9;
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ANegativeEigenvalueIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() => RateDistortion.AtWaterLevel([1, -1], 1));

    [Fact]
    public void ADistortionThatIsNaNIsAnError() => Assert.Throws<ArgumentOutOfRangeException>(() => RateDistortion.AtDistortion([1], double.NaN));

    [Fact]
    public void NoEigenvaluesAreAnError() => Assert.Throws<ArgumentException>(() => RateDistortion.AtDistortion([], 1));
}
