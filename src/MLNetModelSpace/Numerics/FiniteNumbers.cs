using System.Globalization;
using System.Numerics.Tensors;

namespace MLNetModelSpace.Numerics;

/// <summary>Whether numbers are finite.</summary>
internal static class FiniteNumbers
{
    public static bool All(ReadOnlySpan<float> values) => IndexOfOther(values) < 0;

    /// <summary>The first place that holds no finite number; -1 where there is none.</summary>
    public static int IndexOfOther(ReadOnlySpan<float> values)
    {
        // A sum is finite only where all values are; one that overflows is looked at again, value by value.
        if (float.IsFinite(TensorPrimitives.Sum(values)))
            return -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }

        return -1;
    }

    /// <summary>Refuses an argument with a value that is not finite.</summary>
    /// <exception cref="ArgumentException">It says which value, and where.</exception>
    public static void Require(ReadOnlySpan<float> vector, string parameter)
    {
        if (IndexOfOther(vector) is >= 0 and int place)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The vector has {vector[place]} at {place}; expected finite values."), parameter);
        }
    }
}
