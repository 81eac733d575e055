using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>Means of a vector column over the classes of a key column.</summary>
internal static class ClassMeans
{
    public static float[][] Read(IDataView data, string labelColumnName, string vectorColumnName)
    {
        DataViewSchema.Column label = SchemaErrors.Require(data.Schema, labelColumnName, "label");
        if (label.Type is not KeyDataViewType { Count: > 0 and <= int.MaxValue } key || key.RawType != typeof(uint))
            throw SchemaErrors.Mismatch(labelColumnName, "a UInt32 key of known count", label.Type.ToString()!, "label");
        DataViewSchema.Column vector = SchemaErrors.RequireFloatVector(data.Schema, vectorColumnName, knownSize: true, "embedding");
        int classes = (int)key.Count, dimension = ((VectorDataViewType)vector.Type).Size;
        ClassBasis.CheckClasses(classes, nameof(labelColumnName));
        double[][] sums = new double[classes][];
        int[] counts = new int[classes];
        for (int k = 0; k < classes; k++)
            sums[k] = new double[dimension];
        using DataViewRowCursor cursor = data.GetRowCursor([label, vector]);
        ValueGetter<uint> readLabel = cursor.GetGetter<uint>(label);
        ValueGetter<VBuffer<float>> readVector = cursor.GetGetter<VBuffer<float>>(vector);
        uint value = 0;
        VBuffer<float> buffer = default;
        float[] dense = new float[dimension];
        while (cursor.MoveNext())
        {
            readLabel(ref value);
            if (value == 0)
                continue;
            readVector(ref buffer);
            buffer.CopyTo(dense);
            counts[value - 1]++;
            for (int i = 0; i < dense.Length; i++)
                sums[value - 1][i] += dense[i];
        }

        float[][] means = new float[classes][];
        for (int k = 0; k < classes; k++)
        {
            if (counts[k] == 0)
                throw new ArgumentException($"Class {k} has no images.", nameof(data));
            TensorPrimitives.Divide<double>(sums[k], counts[k], sums[k]);
            means[k] = Array.ConvertAll(sums[k], sum => (float)sum);
        }

        return means;
    }
}

/// <summary>What the trainers of encoders share: targets from shares, seeds, and the shape of what they add.</summary>
internal static class EmbeddingTargets
{
    /// <summary>The targets of all rows; an error names the row.</summary>
    public static float[][] Make(ColumnMatrix shares, EmbeddingTrainerOptions options)
    {
        ClassBasis.CheckClasses(shares.Columns, nameof(EmbeddingTrainerOptions.SharesColumnName));
        float[][] targets = new float[shares.Rows][];
        for (int i = 0; i < targets.Length; i++)
        {
            try
            {
                targets[i] = options.Space == EmbeddingSpace.Sphere
                    ? DatasetTargets.OnSphere(shares[i], options.Basis)
                    : DatasetTargets.InBall(shares[i], options.BallRadius, options.Basis);
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"Column '{options.SharesColumnName}', row {i}: {error.Message}", error);
            }
        }

        return targets;
    }

    /// <summary>The names of the classes whose axes the dimensions of places are; none where the shares have no names, or classes have directions of their own.</summary>
    public static string[] Classes(DataViewSchema schema, EmbeddingTrainerOptions options) =>
        options.Basis is null ? ZooAnnotations.GetSlotNames(schema[options.SharesColumnName]) : [];

    public static SchemaShape WithOutput(SchemaShape input, string name) => new([
        .. input.Where(column => column.Name != name),
        new SchemaShape.Column(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false)]);
}
