using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Gives the share of a normal distribution below a value, by S. Winitzki's approximation of the error function ("A handy approximation for the error
/// function and its inverse", 2008), whose figures the official package gives too. What is no finite number becomes 0, and so does a slot without spread.
/// </summary>
/// <param name="scales">One by the standard deviation of each slot; 0 without spread.</param>
/// <param name="means">The mean of each slot.</param>
/// <param name="isVector">Whether the column is one of vectors.</param>
internal sealed class CdfNormalizer<T>(T[] scales, T[] means, bool isVector) : Normalizer(ItemTypeOf<T>(), isVector, scales.Length)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Winitzki = 0.147;

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => IsVector
        ? new NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<T>>([.. means], [.. scales.Select(Deviation)])
        : new NormalizingTransformer.CdfNormalizerModelParameters<T>(means[0], Deviation(scales[0]));

    public override Delegate MakeGetter(DataViewRow input, DataViewSchema.Column column)
    {
        if (!IsVector)
        {
            var getScalar = input.GetGetter<T>(column);
            return (ValueGetter<T>)((ref T value) =>
            {
                getScalar(ref value);
                value = Share(value, 0);
            });
        }
        var get = input.GetGetter<VBuffer<T>>(column);
        VBuffer<T> source = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            get(ref source);
            if (source.Length != scales.Length)
                throw WrongLength(column.Name, scales.Length, source.Length);
            var dense = VBufferEditor.Create(ref value, source.Length);
            source.CopyTo(dense.Values);
            for (int i = 0; i < scales.Length; i++)
                dense.Values[i] = Share(dense.Values[i], i);
            value = dense.Commit();
        });
    }

    public override void Save(BinaryWriter writer) => Save(writer, NormalizerKind.CumulativeDistribution, IsVector, scales, means);

    private static T Deviation(T scale) => scale == T.Zero ? T.Zero : T.One / scale;

    private T Share(T value, int slot)
    {
        if (!T.IsFinite(value) || scales[slot] == T.Zero)
            return T.Zero;
        double z = (double.CreateTruncating(value) - double.CreateTruncating(means[slot])) * double.CreateTruncating(scales[slot]);
        double square = Math.Min(z * z / 2, 1e4), part = Winitzki * square;
        double error = Math.Sqrt(1 - Math.Exp(-square * ((4 / Math.PI) + part) / (1 + part)));
        return T.CreateTruncating((1 + Math.CopySign(error, z)) / 2);
    }
}
