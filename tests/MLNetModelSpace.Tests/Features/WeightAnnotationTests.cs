using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: content that no transformer writes goes to the reader alone.
/// <summary>Weights whose column itself says their layout, as a trained zoo has it.</summary>
public class WeightAnnotationTests
{
    private static readonly WeightLayout s_layout = Models.Linear();

    [Fact]
    public void TheLayoutIsReadFromTheColumn()
    {
        var ml = new MLContext(1);
        float[] weights = Models.Random(s_layout.Length, 1);
        IDataView view = new AnnotatedWeights(s_layout, weights);
        Assert.Equal(Models.Vectorize(new(), s_layout, weights), Models.Features(ml.ModelSpace().Transforms.VectorizeWeights().Fit(view).Transform(view))[0]);
    }

    [Fact]
    public void AColumnOfAnotherLayoutIsASchemaMismatch()
    {
        var ml = new MLContext(1);
        ITransformer model = ml.ModelSpace().Transforms.VectorizeWeights().Fit(new AnnotatedWeights(s_layout, Models.Random(s_layout.Length, 1)));
        WeightLayout other = Models.Linear(5);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(new AnnotatedWeights(other, Models.Random(other.Length, 1))));
        Assert.Contains("Schema mismatch for input column 'Weights': expected weights of LinearAutoencoder(hidden=4)", error.Message);
    }

    [Fact]
    public void AColumnOfAnotherSizeThanItsLayoutIsASchemaMismatch()
    {
        var ml = new MLContext(1);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ml.ModelSpace().Transforms.VectorizeWeights().Fit(new AnnotatedWeights(s_layout, new float[7])));
        Assert.Contains($"expected {s_layout.Length} values", error.Message);
    }

    [Fact]
    public void DamageInsideAZipIsToldAsInvalidData()
    {
        var ml = new MLContext(1);
        IDataView view = new AnnotatedWeights(s_layout, Models.Random(s_layout.Length, 1));
        using var writer = new BinaryWriter(new MemoryStream());
        FeatureFamilies.Write(writer, VectorizationFitter.Fit(view, new VectorizeWeightsEstimator.Options()));
        byte[] content = ((MemoryStream)writer.BaseStream).ToArray();
        // The mark of the first family stands behind the kind, the layout and two counts.
        int mark = 1 + 2 + System.Text.Encoding.UTF8.GetByteCount(s_layout.ToJson()) + 1 + 4;
        content[mark] = 99;
        var error = Assert.Throws<InvalidDataException>(() => FeatureFamilies.Read(new BinaryReader(new MemoryStream(content))));
        Assert.Contains("There is no family of features with the mark 99", error.Message);
    }

    /// <summary>One row of weights of known size with the annotation.</summary>
    private sealed class AnnotatedWeights : IDataView
    {
        private readonly float[] _weights;

        public AnnotatedWeights(WeightLayout layout, float[] weights)
        {
            _weights = weights;
            var builder = new DataViewSchema.Builder();
            builder.AddColumn("Weights", new VectorDataViewType(NumberDataViewType.Single, weights.Length), ZooAnnotations.ForWeights(layout));
            Schema = builder.ToSchema();
        }

        public bool CanShuffle => false;

        public DataViewSchema Schema { get; }

        public long? GetRowCount() => 1;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(Schema, _weights);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor(DataViewSchema schema, float[] weights) : DataViewRowCursor
        {
            private long _position = -1;

            public override DataViewSchema Schema => schema;

            public override long Position => _position;

            public override long Batch => 0;

            public override bool MoveNext() => ++_position < 1;

            public override bool IsColumnActive(DataViewSchema.Column column) => true;

            public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            {
                ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> value) => value = new VBuffer<float>(weights.Length, weights);
                return (ValueGetter<TValue>)(Delegate)getter;
            }
        }
    }
}
