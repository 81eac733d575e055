using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>
/// How much a random subsample knows about the dataset it was drawn from: statement 1 of Theorem 1 (the paper, Section 3),
/// as printed, in its finite-n form, and in a form that is always finite and never negative.
/// </summary>
/// <remarks>
/// <para>
/// Setting: X = {x₁ … x_n}, xᵢ ~ N(μ, Σ) independent; X₁ keeps each xᵢ with probability p, independently. All values are in nats.
/// </para>
/// <para>
/// Where the printed forms do not hold: H(xᵢ) is a differential entropy, so both forms change with the unit of the data and
/// may be negative, which a mutual information is not; they subtract the discrete entropy H(Z) from it, though X₁, which repeats
/// points of a continuous X exactly, shares infinitely much with it; and H_binomial(n, p) grows as ½·log n while n·H_bin(p)
/// grows as n, so the two do not cancel for large n as the proof says: <see cref="AsPrinted"/> exceeds <see cref="FiniteSample"/>
/// by n·H_bin(p) − H_binomial(n, p). The well-posed counterparts are <see cref="Observed"/> and <see cref="ObservedUnordered"/>.
/// The derivations are in the README of this folder.
/// </para>
/// </remarks>
public static class SubsampleInformation
{
    /// <summary>I(X; X₁) ≈ n·p·H(x), statement 1 as printed.</summary>
    /// <param name="n">The size of the dataset, at least 2.</param>
    /// <param name="p">The probability of inclusion, in [0, 1].</param>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> or <paramref name="p"/> is out of range.</exception>
    public static InformationEstimate AsPrinted(int n, double p, GaussianMoments x)
    {
        Validate(n, p, x);
        return InformationEstimate.Exact(n * p * x.Entropy, "Theorem 1 (1), as printed");
    }

    /// <summary>I(X; X₁) = H_binomial(n, p) + n·p·H(x) − n·H_bin(p), the form that the proof of statement 1 reaches for finite n.</summary>
    /// <param name="n">The size of the dataset, at least 2.</param>
    /// <param name="p">The probability of inclusion, in [0, 1].</param>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> or <paramref name="p"/> is out of range.</exception>
    public static InformationEstimate FiniteSample(int n, double p, GaussianMoments x)
    {
        Validate(n, p, x);
        return InformationEstimate.Exact(BinomialEntropy(n, p) + (n * p * x.Entropy) - (n * BernoulliEntropy(p)), "Theorem 1 (1), finite n");
    }

    /// <summary>
    /// I(X; Y) = n·p·½·log |I + Σ/σ²| for Y = the included points seen through noise N(0, σ²I), with the places of the included
    /// points known (an erasure channel followed by a Gaussian one): exact, finite and never negative.
    /// </summary>
    /// <param name="n">The size of the dataset, at least 2.</param>
    /// <param name="p">The probability of inclusion, in [0, 1].</param>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data: the resolution at which points are told apart.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static InformationEstimate Observed(int n, double p, GaussianMoments x, double noiseVariance)
    {
        Validate(n, p, x);
        return InformationEstimate.Exact(n * p * ChannelCapacityOfPoint(x, noiseVariance), "erasure and Gaussian noise");
    }

    /// <summary>
    /// Bounds on the same where Y is a set without order: knowing the order adds at most E[log n!/(n − m)!], so that
    /// max(0, I_ordered − E[log n!/(n − m)!]) ≤ I(X; Y) ≤ I_ordered. The value is the upper bound; the interval holds the truth with certainty.
    /// </summary>
    /// <param name="n">The size of the dataset, at least 2.</param>
    /// <param name="p">The probability of inclusion, in [0, 1].</param>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="noiseVariance">σ² above 0, in squared units of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static InformationEstimate ObservedUnordered(int n, double p, GaussianMoments x, double noiseVariance)
    {
        Validate(n, p, x);
        double ordered = n * p * ChannelCapacityOfPoint(x, noiseVariance);

        // log n!/(n − m)! = Σ_{j<m} log(n − j): its mean over m ~ Binomial(n, p).
        double order = 0, running = 0;
        var weights = BinomialWeights(n, p, out int first, out double total);
        for (int j = 0; j < first; j++)
        {
            running += Math.Log(n - j);
        }

        for (int i = 0; i < weights.Length; i++)
        {
            order += weights[i] / total * running;
            running += first + i < n ? Math.Log(n - (first + i)) : 0;
        }

        return new InformationEstimate(ordered, Math.Max(0, ordered - order), ordered, 1, 0, "erasure and Gaussian noise, order unknown");
    }

    /// <summary>The entropy −p·log p − (1 − p)·log(1 − p) of one inclusion, in nats; 0 at p = 0 and 1.</summary>
    /// <param name="p">The probability, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is outside [0, 1].</exception>
    public static double BernoulliEntropy(double p)
    {
        InformationGuard.Probability(p, nameof(p));
        return p is 0 or 1 ? 0 : -(p * Math.Log(p)) - ((1 - p) * SymmetricMatrix.LogOnePlus(-p));
    }

    /// <summary>The entropy of the size m ~ Binomial(n, p) of the subsample, in nats, summed exactly.</summary>
    /// <param name="n">The number of trials, at least 0.</param>
    /// <param name="p">The probability, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double BinomialEntropy(int n, double p)
    {
        ArgumentRanges.RequireAtLeast(n, 0, nameof(n));
        InformationGuard.Probability(p, nameof(p));
        var weights = BinomialWeights(n, p, out _, out double total);
        double weighted = 0;
        foreach (double weight in weights)
        {
            weighted += weight > 0 ? weight * Math.Log(weight) : 0;
        }

        return Math.Max(0, Math.Log(total) - (weighted / total));
    }

    /// <summary>
    /// P(m) relative to the mode, by the ratio of neighbours, which needs no factorials and so keeps full precision at any n;
    /// cut where the tail is below 1e-30 of the mode.
    /// </summary>
    private static double[] BinomialWeights(int n, double p, out int first, out double total)
    {
        if (p is 0 or 1 || n == 0)
        {
            first = p == 1 ? n : 0;
            total = 1;
            return [1];
        }

        const double Negligible = 1e-30;
        int mode = (int)Math.Min(n, Math.Floor((n + 1.0) * p));
        double odds = p / (1 - p);
        var below = new List<double>();
        double weight = 1;
        for (int m = mode; m > 0 && weight > Negligible; m--)
        {
            weight *= m / ((n - m + 1.0) * odds);
            below.Add(weight);
        }

        var weights = new List<double>(Enumerable.Reverse(below)) { 1 };
        weight = 1;
        for (int m = mode; m < n && weight > Negligible; m++)
        {
            weight *= (n - m) / (m + 1.0) * odds;
            weights.Add(weight);
        }

        first = mode - below.Count;
        total = weights.Sum();
        return [.. weights];
    }

    private static double ChannelCapacityOfPoint(GaussianMoments x, double noiseVariance)
    {
        ArgumentRanges.RequirePositive(noiseVariance, nameof(noiseVariance));
        Matrix<double> scaled = GaussianMoments.AddToDiagonal(x.CovarianceView / noiseVariance, 1);
        return SymmetricMatrix.LogDeterminant(scaled, nameof(x)) / 2;
    }

    private static void Validate(int n, double p, GaussianMoments x)
    {
        ArgumentRanges.RequireAtLeast(n, 2, nameof(n));
        InformationGuard.Probability(p, nameof(p));
        ArgumentNullException.ThrowIfNull(x);
    }
}
