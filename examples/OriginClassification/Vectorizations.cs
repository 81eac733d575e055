using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The vectorizations the command line names.</summary>
internal static class Vectorizations
{
    private static readonly (string Name, WeightFeatures Features)[] s_known =
    [
        ("singular-values", WeightFeatures.SingularValues),
        ("histogram", WeightFeatures.Histogram),
        ("singular-values+histogram", WeightFeatures.SingularValues | WeightFeatures.Histogram),
    ];

    public static IEnumerable<string> Names => s_known.Select(known => known.Name);

    /// <summary>The vectorizations of that name: one, or <c>all</c>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<(string Name, WeightFeatures Features)> Parse(string text)
    {
        if (text == "all")
            return s_known;
        (string Name, WeightFeatures Features)[] found = [.. s_known.Where(known => known.Name == text)];
        return found.Length > 0
            ? found
            : throw new ArgumentException($"'{text}' is no vectorization; known are {string.Join(", ", Names)} and all.");
    }
}
