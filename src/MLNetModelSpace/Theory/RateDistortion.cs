namespace MLNetModelSpace.Theory;

/// <summary>
/// The rate–distortion function of a Gaussian source by reverse water-filling over the eigenvalues of Σ
/// (Cover and Thomas, Elements of Information Theory, 2006, theorem 10.3.3): the fewest nats a sample from which it can be
/// rebuilt with a given squared error.
/// </summary>
/// <remarks>
/// With the water level θ, each component keeps Dᵢ = min(θ, λᵢ) of its variance as error and costs ½·log(λᵢ/Dᵢ);
/// D = Σ Dᵢ and R(D) = Σ ½·log⁺(λᵢ/θ). It is never negative, is 0 from D = Σ λᵢ on, and grows without bound as D → 0.
/// </remarks>
/// <param name="Rate">R(D), in nats a sample.</param>
/// <param name="Distortion">D, the expected squared error of a sample, summed over dimensions.</param>
/// <param name="WaterLevel">θ, the error allowed in each component that is described at all.</param>
/// <param name="Components">How many components are described: those with λᵢ above θ.</param>
public sealed record RateDistortion(double Rate, double Distortion, double WaterLevel, int Components)
{
    /// <summary>The rate at a water level.</summary>
    /// <param name="eigenvalues">The eigenvalues of Σ, at least 0, in any order; not empty.</param>
    /// <param name="waterLevel">θ above 0, in squared units of the data.</param>
    /// <exception cref="ArgumentException">There is no eigenvalue, one is negative or not finite, or θ is not above 0.</exception>
    public static RateDistortion AtWaterLevel(IReadOnlyList<double> eigenvalues, double waterLevel)
    {
        Validate(eigenvalues);
        ArgumentRanges.RequirePositive(waterLevel, nameof(waterLevel));
        double rate = 0, distortion = 0;
        int components = 0;
        foreach (double value in eigenvalues)
        {
            if (value > waterLevel)
            {
                rate += Math.Log(value / waterLevel) / 2;
                components++;
            }

            distortion += Math.Min(value, waterLevel);
        }

        return new RateDistortion(rate, distortion, waterLevel, components);
    }

    /// <summary>The rate at a distortion.</summary>
    /// <param name="eigenvalues">The eigenvalues of Σ, at least 0, in any order; not empty.</param>
    /// <param name="distortion">D, at least 0: the expected squared error of a sample, summed over dimensions. At 0 the rate is infinite.</param>
    /// <exception cref="ArgumentException">There is no eigenvalue, one is negative or not finite, or D is negative or not finite.</exception>
    public static RateDistortion AtDistortion(IReadOnlyList<double> eigenvalues, double distortion)
    {
        Validate(eigenvalues);
        ArgumentRanges.RequireNotNegative(distortion, nameof(distortion));
        var descending = eigenvalues.OrderDescending().ToArray();
        double total = descending.Sum();
        if (distortion >= total)
        {
            return new RateDistortion(0, total, descending[0], 0);
        }

        if (distortion == 0)
        {
            return new RateDistortion(double.PositiveInfinity, 0, 0, descending.Count(value => value > 0));
        }

        // With r components above water, r·θ plus the variance of the rest is D; r is the one whose θ separates them.
        double rest = total;
        for (int r = 1; r <= descending.Length; r++)
        {
            rest -= descending[r - 1];
            double next = r < descending.Length ? descending[r] : 0;
            double level = (distortion - Math.Max(0, rest)) / r;
            if (level >= next && level > 0)
            {
                return AtWaterLevel(eigenvalues, level) with { Distortion = distortion };
            }
        }

        // Reached by rounding only, where D is below the last digit of the sum: every component is described.
        return AtWaterLevel(eigenvalues, distortion / descending.Length) with { Distortion = distortion };
    }

    private static void Validate(IReadOnlyList<double> eigenvalues)
    {
        ArgumentNullException.ThrowIfNull(eigenvalues);
        if (eigenvalues.Count == 0)
        {
            throw new ArgumentException("There are no eigenvalues.", nameof(eigenvalues));
        }

        foreach (double value in eigenvalues)
        {
            ArgumentRanges.RequireNotNegative(value, nameof(eigenvalues));
        }
    }
}
