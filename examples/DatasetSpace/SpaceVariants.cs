using MLNetModelSpace;

namespace Examples.DatasetSpace;

/// <summary>One row of the table: a space, and a loss where the space has several.</summary>
internal sealed record SpaceVariant(string Space, string Loss, EmbeddingLoss EmbeddingLoss)
{
    public EmbeddingSpace EmbeddingSpace => Space == "ball" ? EmbeddingSpace.PoincareBall : EmbeddingSpace.Sphere;
}

/// <summary>The variants that the command line names.</summary>
internal static class SpaceVariants
{
    public static readonly string[] Losses = ["n-pair", "cosine", "triplet", "mse"];
    public static readonly string[] Spaces = ["sphere", "ball", "graph", "graph-spectral"];

    private static readonly SpaceVariant[] s_all =
    [
        new("sphere", "n-pair", EmbeddingLoss.ContrastiveNPair),
        new("sphere", "cosine", EmbeddingLoss.Cosine),
        new("sphere", "triplet", EmbeddingLoss.Triplet),
        new("sphere", "mse", EmbeddingLoss.MeanSquaredError),
        new("ball", "distance", EmbeddingLoss.MeanSquaredError),
        new("graph", "cosine", EmbeddingLoss.Cosine),
        new("graph-spectral", "cosine", EmbeddingLoss.Cosine),
    ];

    /// <summary>The rows asked for, in the table's order.</summary>
    /// <exception cref="ArgumentException">There is no such space or loss.</exception>
    public static IReadOnlyList<SpaceVariant> Parse(string space, string loss)
    {
        if (space != "all" && !Spaces.Contains(space))
            throw new ArgumentException($"'{space}' is no space; known are {string.Join(", ", Spaces)} and all.");
        if (loss != "all" && !Losses.Contains(loss))
            throw new ArgumentException($"'{loss}' is no loss; known are {string.Join(", ", Losses)} and all.");
        return [.. s_all.Where(variant => (space == "all" || variant.Space == space) && (loss == "all" || variant.Space != "sphere" || variant.Loss == loss))];
    }
}
