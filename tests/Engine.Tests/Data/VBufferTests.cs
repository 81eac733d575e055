using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

public class VBufferTests
{
    [Fact]
    public void SparseAndDenseAreTheSameVector() => Prop.ForAll(Sparse(), vector =>
    {
        var dense = default(VBuffer<float>);
        vector.CopyToDense(ref dense);
        return dense.IsDense && dense.DenseValues().SequenceEqual(vector.DenseValues())
            && Enumerable.Range(0, vector.Length).All(i => vector.GetItemOrDefault(i) == dense.GetItemOrDefault(i))
            && vector.Items(all: true).Select(item => item.Value).SequenceEqual(dense.DenseValues());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void APartIsAPart() => Prop.ForAll(Sparse(), Gen.Choose(0, 100).Two().ToArbitrary(), (vector, ends) =>
    {
        int from = ends.Item1 % (vector.Length + 1), length = ends.Item2 % (vector.Length - from + 1);
        VBuffer<float> part = new(3, [7, 8, 9]);
        vector.CopyTo(ref part, from, length);
        return part.Length == length && part.DenseValues().SequenceEqual(vector.DenseValues().Skip(from).Take(length));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnEditorReusesItsArrays()
    {
        var vector = new VBuffer<float>(4, [1, 2, 3, 4]);

        var editor = VBufferEditor.Create(ref vector, 3);
        Assert.False(editor.CreatedNewValues);
        editor.Values.Fill(5);
        vector = editor.Commit();
        Assert.Equal([5f, 5, 5], vector.DenseValues());

        var sparse = VBufferEditor.Create(ref vector, 10, 2);
        Assert.True(sparse.CreatedNewIndices);
        sparse.Indices[0] = 3;
        sparse.Indices[1] = 7;
        vector = sparse.CommitTruncated(1);
        Assert.Equal([new KeyValuePair<int, float>(3, 5)], vector.Items());
        Assert.Equal("Sparse vector of size 10, 1 explicit values", vector.ToString());
    }

    [Fact]
    public void WhatIsTooShortIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(5, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(5, 2, new float[2], null));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(5, 6, new float[6], new int[6]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(5, new float[5]).GetItemOrDefault(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(5, new float[5]).CopyTo(new float[3]));
    }

    private static Arbitrary<VBuffer<float>> Sparse() => Gen.Choose(-3, 3).Select(value => (float)value).ArrayOf()
        .Select(values =>
        {
            int[] indices = [.. Enumerable.Range(0, values.Length).Where(i => values[i] > 0)];
            return new VBuffer<float>(values.Length, indices.Length, [.. indices.Select(i => values[i])], indices);
        }).ToArbitrary();
}
