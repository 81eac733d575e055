using System.Numerics.Tensors;

namespace MLNetModelSpace;

/// <summary>
/// An index of models by their vectors: exact nearest neighbours by cosine or Euclidean distance, or the least expected cost, at the speed of memory.
/// Built by <c>Search.BuildIndex</c>. Immutable and thread-safe.
/// </summary>
public sealed partial class ModelIndex
{
    /// <summary>Bytes of one chunk: small enough for a core's cache, large enough to amortise handing it out.</summary>
    private const int ChunkBytes = 1 << 18;

    private readonly float[][] _chunks;
    private readonly int _rowsPerChunk;
    private readonly string[] _ids;
    private readonly Dictionary<string, int> _positions;
    private readonly MetadataColumn[] _metadata;

    internal ModelIndex(int dimension, IndexMetric metric, string[] ids, float[][] chunks, MetadataColumn[] metadata)
    {
        Dimension = dimension;
        Metric = metric;
        _ids = ids;
        _chunks = chunks;
        _metadata = metadata;
        _rowsPerChunk = RowsPerChunk(dimension);
        _positions = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
        {
            if (!_positions.TryAdd(ids[i], i))
                throw new InvalidDataException($"The id '{ids[i]}' occurs in rows {_positions[ids[i]]} and {i}; ids of an index are unique.");
        }
    }

    /// <summary>Number of models, at least one.</summary>
    public int Count => _ids.Length;

    /// <summary>Number of values of each vector.</summary>
    public int Dimension { get; }

    /// <summary>How vectors are compared.</summary>
    public IndexMetric Metric { get; }

    /// <summary>The identifiers in row order.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>Names of the metadata columns.</summary>
    public IReadOnlyList<string> MetadataColumnNames => Array.ConvertAll(_metadata, column => column.Name);

    /// <summary>The vector of a model; of unit length where the metric is the cosine.</summary>
    /// <exception cref="KeyNotFoundException">No model of that id.</exception>
    public float[] VectorOf(string id) => Row(PositionOf(id)).ToArray();

    /// <summary>The row of a model, from 0.</summary>
    /// <exception cref="KeyNotFoundException">No model of that id.</exception>
    public int PositionOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _positions.TryGetValue(id, out int position)
            ? position
            : throw new KeyNotFoundException($"The index of {Count} models has no id '{id}'.");
    }

    /// <summary>A metadata value.</summary>
    /// <typeparam name="T">The column's type; text is <see cref="string"/>, a vector <c>float[]</c>, a key its raw <see cref="uint"/>.</typeparam>
    /// <param name="column">A name of <see cref="MetadataColumnNames"/>.</param>
    /// <param name="position">A row, from 0.</param>
    /// <exception cref="KeyNotFoundException">No such column.</exception>
    /// <exception cref="InvalidCastException">The column is of another type.</exception>
    public T GetMetadata<T>(string column, int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        foreach (MetadataColumn candidate in _metadata)
        {
            if (candidate.Name == column)
            {
                object value = candidate.GetValue(position);
                return value is T typed
                    ? typed
                    : throw new InvalidCastException($"Metadata column '{column}' holds {value.GetType().Name}, not {typeof(T).Name}.");
            }
        }

        throw new KeyNotFoundException($"The index has no metadata column '{column}'; it has: {string.Join(", ", MetadataColumnNames)}.");
    }

    /// <summary>The nearest models.</summary>
    /// <param name="query">A vector of <see cref="Dimension"/> finite values; not zero where the metric is the cosine.</param>
    /// <param name="k">How many, at least 1; all where there are fewer.</param>
    /// <param name="filter">
    /// Which rows may be answers, by their position; null for all. Asked only about rows near enough to enter the answer,
    /// from several threads at once.
    /// </param>
    /// <param name="threads">Most threads used, at least 1; null for all cores. The answer does not depend on it.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Hits, nearest first; of equal scores the row that comes first.</returns>
    /// <exception cref="ArgumentException">Another dimension, values that are not finite, a zero vector, or k below 1.</exception>
    public IReadOnlyList<IndexHit> Search(
        ReadOnlySpan<float> query, int k, Func<int, bool>? filter = null, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads ?? 1, 1, nameof(threads));
        if (query.Length != Dimension)
            throw new ArgumentException($"The query has {query.Length} values; the index has {Dimension} dimensions.", nameof(query));
        FiniteNumbers.Require(query, nameof(query));
        float[] prepared = query.ToArray();
        if (Metric == IndexMetric.Cosine)
            DatasetTargets.Normalize(prepared, "The query");
        var best = new TopK(Math.Min(k, Count));
        if (_chunks.Length == 1 || threads == 1)
        {
            var scan = new Scan(this, prepared, best, filter);
            for (int chunk = 0; chunk < _chunks.Length; chunk++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scan.Chunk(chunk);
            }
        }
        else
        {
            ParallelLoops.For(
                _chunks.Length, threads ?? -1, cancellationToken,
                () => new Scan(this, prepared, new TopK(Math.Min(k, Count)), filter),
                (chunk, scan) => scan.Chunk(chunk),
                scan =>
                {
                    lock (best)
                        best.AddAll(scan.Best);
                });
        }

        return Hits(best);
    }

    /// <summary>The nearest models of a composed query.</summary>
    /// <inheritdoc cref="Search(ReadOnlySpan{float}, int, Func{int, bool}?, int?, CancellationToken)"/>
    public IReadOnlyList<IndexHit> Search(
        IndexQuery query, int k, Func<int, bool>? filter = null, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Search(query.Values, k, filter, threads, cancellationToken);
    }

    /// <summary>How a <see cref="ModelIndex"/> is built.</summary>
    public sealed class Options
    {
        /// <summary>
        /// The column of identifiers: text, or any integer; default null, for <c>Name</c>, which folders of models have, else <c>Sample</c>, which
        /// plans have, else <c>Id</c>.
        /// </summary>
        public string? IdColumnName { get; set; }

        /// <summary>The column of vectors; default <c>Embedding</c>.</summary>
        public string EmbeddingColumnName { get; set; } = ZooColumns.Embedding;

        /// <summary>Columns kept beside each vector, for answers and filters; default none.</summary>
        public IReadOnlyList<string> MetadataColumnNames { get; set; } = [];

        /// <summary>How vectors are compared; default the cosine.</summary>
        public IndexMetric Metric { get; set; } = IndexMetric.Cosine;

        /// <summary>Stops the building; default never.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>Told after every 1,000 models and at the end; default none.</summary>
        public IProgress<RowProgress>? Progress { get; set; }

        internal void Validate()
        {
            if (IdColumnName is not null)
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

    internal static int RowsPerChunk(int dimension) => Math.Max(4, ChunkBytes / sizeof(float) / dimension / 4 * 4);

    private ReadOnlySpan<float> Row(int position) =>
        _chunks[position / _rowsPerChunk].AsSpan(position % _rowsPerChunk * Dimension, Dimension);

    private IndexHit[] Hits(TopK best)
    {
        (float Cost, int Position)[] sorted = best.ToSorted();
        var hits = new IndexHit[sorted.Length];
        for (int i = 0; i < hits.Length; i++)
        {
            float score = Metric switch
            {
                IndexMetric.Cosine => Math.Clamp(-sorted[i].Cost, -1, 1),
                IndexMetric.Euclidean => MathF.Sqrt(sorted[i].Cost),
                _ => sorted[i].Cost,
            };
            hits[i] = new IndexHit(_ids[sorted[i].Position], sorted[i].Position, score);
        }

        return hits;
    }

    /// <summary>What one thread needs to scan chunks. A cost is the negated cosine, the squared distance or the weighted sum: smaller is nearer.</summary>
    private sealed class Scan(ModelIndex index, float[] query, TopK best, Func<int, bool>? filter)
    {
        private readonly float[] _scores = new float[index._rowsPerChunk];

        public TopK Best => best;

        public void Chunk(int chunk)
        {
            float[] rows = index._chunks[chunk];
            Span<float> scores = _scores.AsSpan(0, rows.Length / index.Dimension);
            RowScan.Score(rows, query, scores, index.Metric);
            if (index.Metric == IndexMetric.Cosine)
                TensorPrimitives.Negate(scores, scores);
            int first = chunk * index._rowsPerChunk;
            float limit = best.Limit;
            for (int i = 0; i < scores.Length; i++)
            {
                if (scores[i] <= limit && best.WouldEnter(scores[i], first + i) && (filter is null || filter(first + i)))
                {
                    best.Add(scores[i], first + i);
                    limit = best.Limit;
                }
            }
        }
    }
}
