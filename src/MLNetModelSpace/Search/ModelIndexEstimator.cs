using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ModelIndexTransformer), null, typeof(SignatureLoadModel), ModelIndexTransformer.LoaderName, ModelIndexTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// A search as the last step of a pipeline: fits an index of the models it sees (or takes one), and answers every row's vector
/// with the nearest of them. Made by <c>Search.SearchModels</c>. Thread-safe.
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
        public ModelIndex.Options Index { get; set; } = new();

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
        return new ModelIndexTransformer(_env, _options, _options.Prebuilt ?? ModelIndexBuilder.Build(_env, input, _options.Index));
    }

    /// <summary>What is looked up, and in what, on one line.</summary>
    public override string ToString() => $"SearchModels: {_options.InputColumnName} → {_options.IdsColumnName}, {_options.ScoresColumnName}; {_options.Count} of {(_options.Prebuilt is { } index ? $"{index.Count} models" : "the models of Fit")}";

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

/// <summary>Answers every row's vector with the nearest models of an index. Thread-safe.</summary>
public sealed class ModelIndexTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceIndex";

    private static readonly ModelFormat s_format = new("MSMODIDX", LoaderName, 1);
    private readonly string _input;
    private readonly string _ids;
    private readonly string _scores;
    private readonly int _count;

    internal ModelIndexTransformer(IHostEnvironment env, ModelIndexEstimator.Options options, ModelIndex index)
        : this(env, options.InputColumnName, options.IdsColumnName, options.ScoresColumnName, options.Count, index)
    {
    }

    private ModelIndexTransformer(IHostEnvironment env, string input, string ids, string scores, int count, ModelIndex index)
        : base(env, s_format)
    {
        _input = input;
        _ids = ids;
        _scores = scores;
        _count = Math.Min(count, index.Count);
        Index = index;
    }

    /// <summary>The index.</summary>
    public ModelIndex Index { get; }

    private static ModelIndexTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static ModelIndexTransformer Read(IHostEnvironment env, BinaryReader reader)
    {
        string input = ModelContent.ReadText(reader, "input column");
        string ids = ModelContent.ReadText(reader, "ids column");
        string scores = ModelContent.ReadText(reader, "scores column");
        int count = ModelContent.ReadCount(reader, "answers", 1, int.MaxValue);
        return new ModelIndexTransformer(env, input, ids, scores, count, ModelIndex.Read(reader));
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_input);
        writer.Write(_ids);
        writer.Write(_scores);
        writer.Write(_count);
        Index.Write(writer);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        DataViewSchema.Column column = SchemaErrors.RequireFloatVector(input, _input, knownSize: false);
        if (((VectorDataViewType)column.Type).Size is int size and not 0 && size != Index.Dimension)
            throw SchemaErrors.Mismatch(_input, $"Vector<Single, {Index.Dimension}>", column.Type.ToString()!);
        return new Binding(this, input, column);
    }

    private sealed class Binding(ModelIndexTransformer owner, DataViewSchema input, DataViewSchema.Column column) : RowBinding(
        input,
        [
            new AddedColumn(owner._ids, new VectorDataViewType(TextDataViewType.Instance, owner._count)),
            new AddedColumn(owner._scores, new VectorDataViewType(NumberDataViewType.Single, owner._count)),
        ],
        [column.Index])
    {
        public override Delegate?[] CreateGetters(DataViewRow row, ReadOnlySpan<bool> active)
        {
            if (!active[0] && !active[1])
                return new Delegate?[2];
            ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(row.Schema[column.Index]);
            long position = -1;
            VBuffer<float> vector = default;
            IReadOnlyList<IndexHit> hits = [];
            IReadOnlyList<IndexHit> Find()
            {
                // Both columns come from one search; a row without a position (a prediction engine's) is searched every time.
                if (row.Position != position || row.Position < 0 || hits.Count == 0)
                {
                    getter(ref vector);
                    float[] query = new float[vector.Length];
                    vector.CopyTo(query);
                    hits = owner.Index.Search(query, owner._count, threads: 1);
                    position = row.Position;
                }

                return hits;
            }

            ValueGetter<VBuffer<ReadOnlyMemory<char>>> ids = (ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                IReadOnlyList<IndexHit> found = Find();
                VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, found.Count);
                for (int i = 0; i < found.Count; i++)
                    editor.Values[i] = found[i].Id.AsMemory();
                value = editor.Commit();
            };
            ValueGetter<VBuffer<float>> scores = (ref VBuffer<float> value) =>
            {
                IReadOnlyList<IndexHit> found = Find();
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, found.Count);
                for (int i = 0; i < found.Count; i++)
                    editor.Values[i] = found[i].Score;
                value = editor.Commit();
            };
            return [active[0] ? ids : null, active[1] ? scores : null];
        }
    }
}
