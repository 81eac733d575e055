using System.Globalization;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>
/// An amount of information, in nats and bits, with the interval it is known to.
/// </summary>
/// <remarks>
/// A closed form has <see cref="Lower"/> and <see cref="Upper"/> equal to <see cref="Nats"/> and no <see cref="Samples"/>;
/// an estimate from samples has a bootstrap interval. A formula that diverges gives an infinity, never NaN.
/// Immutable, hence safe to share between threads.
/// </remarks>
public sealed record InformationEstimate
{
    /// <summary>Nats in one bit: ln 2.</summary>
    public const double NatsPerBit = 0.693147180559945309417;

    /// <summary>Creates an estimate with its interval.</summary>
    /// <param name="nats">The value, in nats.</param>
    /// <param name="lower">The lower end of the interval, in nats.</param>
    /// <param name="upper">The upper end of the interval, in nats.</param>
    /// <param name="confidence">The nominal probability that the interval covers the truth, in (0, 1].</param>
    /// <param name="samples">How many samples it was estimated from; 0 for a closed form.</param>
    /// <param name="method">How it was obtained.</param>
    /// <exception cref="ArgumentException">A value is NaN, or the ends of the interval are the wrong way round.</exception>
    public InformationEstimate(double nats, double lower, double upper, double confidence, int samples, string method)
    {
        if (double.IsNaN(nats) || double.IsNaN(lower) || double.IsNaN(upper) || lower > upper)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nats} nats with the interval [{lower}, {upper}] is no estimate."));
        }

        ArgumentNullException.ThrowIfNull(method);
        Nats = nats;
        Lower = lower;
        Upper = upper;
        Confidence = confidence;
        Samples = samples;
        Method = method;
    }

    /// <summary>The value, in nats.</summary>
    public double Nats { get; }

    /// <summary>The value, in bits.</summary>
    public double Bits => Nats / NatsPerBit;

    /// <summary>The lower end of the interval, in nats.</summary>
    public double Lower { get; }

    /// <summary>The upper end of the interval, in nats.</summary>
    public double Upper { get; }

    /// <summary>The lower end of the interval, in bits.</summary>
    public double LowerBits => Lower / NatsPerBit;

    /// <summary>The upper end of the interval, in bits.</summary>
    public double UpperBits => Upper / NatsPerBit;

    /// <summary>The nominal probability that the interval covers the truth; 1 for a closed form.</summary>
    public double Confidence { get; }

    /// <summary>How many samples it was estimated from; 0 for a closed form.</summary>
    public int Samples { get; }

    /// <summary>How it was obtained, such as <c>KSG, k = 4</c>.</summary>
    public string Method { get; }

    /// <summary>A value without uncertainty: a closed form.</summary>
    /// <param name="nats">The value, in nats; may be infinite.</param>
    /// <param name="method">The formula's name.</param>
    /// <exception cref="ArgumentException"><paramref name="nats"/> is NaN.</exception>
    public static InformationEstimate Exact(double nats, string method) => new(nats, nats, nats, 1, 0, method);

    /// <summary>Whether the interval holds a value.</summary>
    /// <param name="nats">The value, in nats.</param>
    public bool Covers(double nats) => Lower <= nats && nats <= Upper;

    /// <summary>The value and its interval in both units, in the invariant culture.</summary>
    public override string ToString() => Samples == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Nats:0.####} nats = {Bits:0.####} bits ({Method})")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Nats:0.####} nats = {Bits:0.####} bits [{LowerBits:0.####}, {UpperBits:0.####}] ({Method}, n = {Samples})");
}

/// <summary>The argument checks that the formulas and estimators of this folder share.</summary>
internal static class InformationGuard
{
    internal static void Probability(double value, string name)
    {
        if (!(value >= 0 && value <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A probability lies in [0, 1].");
        }
    }

    internal static void Confidence(double value, string name)
    {
        if (!(value > 0 && value < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A confidence lies in (0, 1).");
        }
    }

    internal static void Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number is needed.");
        }
    }

    internal static void Finite(Matrix<double> samples, string name)
    {
        for (int i = 0; i < samples.RowCount; i++)
        {
            for (int j = 0; j < samples.ColumnCount; j++)
            {
                if (!double.IsFinite(samples[i, j]))
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"Row {i}, column {j} is {samples[i, j]}; finite numbers are needed."), name);
                }
            }
        }
    }

    internal static void NoConstantColumn(Matrix<double> samples, string name, string remedy = "")
    {
        for (int j = 0; j < samples.ColumnCount; j++)
        {
            if (IsConstant(samples, j))
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"Column {j} is constant ({samples[0, j]}): it has no variance and carries no information{remedy}."), name);
            }
        }
    }

    internal static bool IsConstant(Matrix<double> samples, int column)
    {
        for (int i = 1; i < samples.RowCount; i++)
        {
            if (samples[i, column] != samples[0, column])
            {
                return false;
            }
        }

        return true;
    }

    internal static void Finite(IReadOnlyList<double> values, string name)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Value {i} is {values[i]}; finite numbers are needed."), name);
            }
        }
    }
}
