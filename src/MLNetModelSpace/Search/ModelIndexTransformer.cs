using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ModelIndexTransformer), null, typeof(SignatureLoadModel), ModelIndexTransformer.LoaderName, ModelIndexTransformer.LoaderName)]

namespace MLNetModelSpace;

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
                    hits = owner.Index.Search(query, owner._count, maxThreads: 1);
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
