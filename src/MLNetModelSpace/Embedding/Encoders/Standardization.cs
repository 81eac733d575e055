using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>Mean and inverse deviation of every input, fitted on training data; an input that never varies becomes zero.</summary>
internal sealed class Standardization
{
    private const int MaxCount = 1 << 24;

    private readonly float[] _mean;
    private readonly float[] _scale;

    private Standardization(float[] mean, float[] scale)
    {
        if (mean.Length != scale.Length || mean.Length == 0)
            throw new InvalidDataException($"A standardisation has {mean.Length} means and {scale.Length} scales.");
        _mean = mean;
        _scale = scale;
    }

    public int Count => _mean.Length;

    public ReadOnlySpan<float> Mean => _mean;

    public ReadOnlySpan<float> Scale => _scale;

    public static Standardization Fit(ColumnMatrix data, FeatureScaling scaling = FeatureScaling.PerFeature)
    {
        (double[] mean, double[] square) = ColumnMoments.Of(
            data.Rows, data.Columns, (row, values) => TensorPrimitives.ConvertTruncating<float, double>(data[row], values));
        double common = Math.Sqrt(TensorPrimitives.Sum<double>(square) / data.Rows / data.Columns);
        float[] scale = new float[mean.Length];
        for (int j = 0; j < scale.Length; j++)
        {
            double deviation = Math.Sqrt(square[j] / data.Rows);

            // What is left of a constant column is the rounding of its mean.
            bool varies = deviation > 1e-6 * Math.Abs(mean[j]) && 1 / deviation < float.MaxValue;
            scale[j] = !varies ? 0 : scaling == FeatureScaling.Common ? (float)(1 / common) : (float)(1 / deviation);
        }

        return new Standardization(Array.ConvertAll(mean, value => (float)value), scale);
    }

    /// <summary>Leaves every input as it is.</summary>
    public static Standardization None(int count)
    {
        float[] scale = new float[count];
        Array.Fill(scale, 1);
        return new Standardization(new float[count], scale);
    }

    public void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        TensorPrimitives.Subtract(input, _mean, output);
        TensorPrimitives.Multiply(output, _scale, output);
    }

    /// <summary>All rows standardised, flat.</summary>
    public float[] Apply(ColumnMatrix data)
    {
        float[] values = new float[data.Values.Length];
        for (int i = 0; i < data.Rows; i++)
            Apply(data[i], values.AsSpan(i * Count, Count));
        return values;
    }

    public void Write(BinaryWriter writer)
    {
        ModelContent.WriteFloats(writer, _mean);
        ModelContent.WriteFloats(writer, _scale);
    }

    public static Standardization Read(BinaryReader reader) =>
        new(ModelContent.ReadFloats(reader, "means", MaxCount), ModelContent.ReadFloats(reader, "scales", MaxCount));
}
