namespace MLNetModelSpace;

/// <summary>How a <see cref="ModelIndex"/> is built.</summary>
public sealed class ModelIndexOptions
{
    /// <summary>The column of identifiers: text, or any integer; default <c>Id</c>.</summary>
    public string IdColumnName { get; set; } = "Id";

    /// <summary>The column of vectors; default <c>Embedding</c>.</summary>
    public string EmbeddingColumnName { get; set; } = ZooColumns.Embedding;

    /// <summary>Columns kept beside each vector, for answers and filters; default none.</summary>
    public IReadOnlyList<string> MetadataColumnNames { get; set; } = [];

    /// <summary>How vectors are compared; default the cosine.</summary>
    public IndexMetric Metric { get; set; } = IndexMetric.Cosine;

    /// <summary>Stops the building.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(IdColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(EmbeddingColumnName);
        ArgumentNullException.ThrowIfNull(MetadataColumnNames);
        if (!Enum.IsDefined(Metric))
            throw new ArgumentOutOfRangeException(nameof(Metric), Metric, "The metric is not one of those defined.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in MetadataColumnNames)
        {
            if (!names.Add(name))
                throw new ArgumentException($"The metadata column '{name}' is named twice.", nameof(MetadataColumnNames));
        }
    }
}
