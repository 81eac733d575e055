using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// A search as the last step of a pipeline: fits an index of the models it sees (or takes one), and answers every row's vector
/// with the nearest of them. Made by <see cref="SearchCatalogExtensions.SearchModels(ModelSpaceCatalog, Options?)"/>. Thread-safe.
/// </summary>
public sealed class ModelIndexEstimator : IEstimator<ModelIndexTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal ModelIndexEstimator(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = options.CheckedCopy();
    }

    /// <summary>What the search reads, answers and keeps.</summary>
    public sealed class Options
    {
        /// <summary>The vectors asked about; default <c>Embedding</c>.</summary>
        public string InputColumnName { get; set; } = ZooColumns.Embedding;

        /// <summary>Output: <c>Vector&lt;Text, k&gt;</c>, the ids of the nearest models, nearest first. Default <c>NearestIds</c>.</summary>
        public string IdsColumnName { get; set; } = "NearestIds";

        /// <summary>Output: <c>Vector&lt;Single, k&gt;</c>, their scores. Default <c>NearestScores</c>.</summary>
        public string ScoresColumnName { get; set; } = "NearestScores";

        /// <summary>How many models an answer has, at least 1; fewer where the index has fewer. Default 10.</summary>
        public int Count { get; set; } = 10;

        /// <summary>What the index is built from at <c>Fit</c>.</summary>
        public ModelIndexOptions Index { get; set; } = new();

        /// <summary>An index that is built already; default null, to build one at <c>Fit</c>.</summary>
        public ModelIndex? Prebuilt { get; set; }

        internal Options CheckedCopy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Validate();
            return copy;
        }

        private void Validate()
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(InputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(IdsColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(ScoresColumnName);
            ArgumentNullException.ThrowIfNull(Index);
            Index.Validate();
            if (Count < 1)
                throw new ArgumentOutOfRangeException(nameof(Count), Count, $"An answer of {Count} models is none; expected at least 1.");
        }
    }

    /// <summary>Builds the index, unless one was given.</summary>
    /// <exception cref="InvalidDataException">No rows, ids that occur twice, or vectors that differ in length or are not finite.</exception>
    public ModelIndexTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SchemaErrors.RequireFloatVector(input.Schema, _options.InputColumnName, knownSize: false);
        return new ModelIndexTransformer(_env, _options, _options.Prebuilt ?? ModelIndexBuilder.Build(input, _options.Index));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.InputColumnName);
        return new SchemaShape([
            .. inputSchema.Where(column => column.Name != _options.IdsColumnName && column.Name != _options.ScoresColumnName),
            new SchemaShape.Column(_options.IdsColumnName, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false),
            new SchemaShape.Column(_options.ScoresColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false)]);
    }
}

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
        ArgumentRanges.RequireDefined(Metric, nameof(Metric));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in MetadataColumnNames)
        {
            if (!names.Add(name))
                throw new ArgumentException($"The metadata column '{name}' is named twice.", nameof(MetadataColumnNames));
        }
    }
}

/// <summary>How a <see cref="ModelIndex"/> compares vectors.</summary>
public enum IndexMetric
{
    /// <summary>Cosine of the angle, from −1 to 1; larger is nearer. Vectors of zero length are refused.</summary>
    Cosine,

    /// <summary>Euclidean distance; smaller is nearer.</summary>
    Euclidean,

    /// <summary>
    /// The sum of a vector's values weighted by the query's; smaller comes first. For vectors of costs, such as a model's error on each
    /// class, asked about with the shares of the classes: the score is then the error that is expected of the model.
    /// </summary>
    ExpectedCost,
}
