using System.Globalization;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Theory;

/// <summary>The argument checks that the formulas and estimators of this folder share.</summary>
internal static class InformationGuard
{
    internal static void AtLeast(int value, int minimum, string name)
    {
        if (value < minimum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"At least {minimum} is needed.");
        }
    }

    internal static void NonNegative(double value, string name)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number, 0 or more, is needed.");
        }
    }

    internal static void Positive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number above 0 is needed.");
        }
    }

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
