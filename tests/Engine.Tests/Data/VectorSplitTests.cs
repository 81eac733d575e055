using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Data;

/// <summary>Splits by a column of vectors: rows of equal vectors stay together, on the sides where Microsoft.ML 5.0.1 puts them.</summary>
public sealed class VectorSplitTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("Ints", null, new int[] { 0, 1, 2, 27, 28, 29, 30, 31, 32, 39 })]
    [InlineData("Ints", 5, new int[] { 18, 19, 20, 24, 25, 26, 30, 31, 32, 33, 34, 35 })]
    [InlineData("Texts", null, new int[] { 0, 1, 2, 3, 16, 17, 18, 19 })]
    [InlineData("Texts", 5, new int[] { 4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23, 32, 33, 34, 35, 36, 37, 38, 39 })]
    [InlineData("Loose", null, new int[] { 0, 3, 6, 9, 10, 12, 13, 15, 17, 18, 21, 24, 26, 27, 29, 30, 32, 33, 35, 36, 38, 39 })]
    [InlineData("Loose", 5, new int[] { 0, 2, 3, 6, 9, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22, 24, 27, 30, 31, 33, 34, 36, 39 })]
    [InlineData("Bools", null, new int[] { })]
    [InlineData("Bools", 5, new int[] { 1, 5, 7, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37 })]
    [InlineData("Longs", null, new int[] { 0, 1, 2, 24, 25, 26, 27, 28, 29, 33, 34, 35, 36, 37, 38 })]
    [InlineData("Longs", 5, new int[] { 6, 7, 8, 21, 22, 23, 27, 28, 29 })]
    [InlineData("Bytes", null, new int[] { 4, 5, 8, 10, 14, 16, 23, 24, 25, 27, 30, 32, 37, 39 })]
    [InlineData("Bytes", 5, new int[] { 9, 11, 16, 17, 18, 26, 32, 35, 38, 39 })]
    [InlineData("SignedBytes", null, new int[] { 3, 4, 5, 6, 7, 8, 10, 12, 13, 16, 17, 31, 33, 34, 36 })]
    [InlineData("SignedBytes", 5, new int[] { 3, 6, 15, 19, 20, 22, 27, 29, 33, 34 })]
    [InlineData("Shorts", null, new int[] { 2, 5, 10, 14, 17, 21, 23, 24, 29, 34, 36 })]
    [InlineData("Shorts", 5, new int[] { 0, 4, 10, 12, 17, 22, 23, 32, 39 })]
    [InlineData("Keys", null, new int[] { 3, 6, 8, 13, 14, 16, 22, 23, 26, 28, 30, 32, 36, 38 })]
    [InlineData("Keys", 5, new int[] { 9, 12, 13, 14, 15, 17, 20, 23, 25, 27, 36, 39 })]
    public void RowsFallOnTheOfficialSides(string column, int? seed, int[] test)
    {
        var rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(Make).ToArray());

        Assert.Equal(test, _ml.Data.TrainTestSplit(rows, 0.3, column, seed).TestSet.GetColumn<int>("Id"));
    }

    private static Row Make(int i) => new()
    {
        Id = i,
        Ints = [i / 3, 7],
        Texts = [$"s{i / 4}", "t"],
        Loose = [.. Enumerable.Repeat((float)(i / 5), i % 3)],
        Bools = [i % 2 == 0, i % 3 == 0],
        Longs = [i / 3, 1L << 40],
        Bytes = [(byte)i, 2],
        SignedBytes = [(sbyte)-i, 3],
        Shorts = [(short)-i, 4],
        Keys = [(uint)i, 3],
    };

    private sealed class Row
    {
        public int Id { get; set; }

        [VectorType(2)]
        public int[] Ints { get; set; } = [];

        [VectorType(2)]
        public string[] Texts { get; set; } = [];

        public float[] Loose { get; set; } = [];

        [VectorType(2)]
        public bool[] Bools { get; set; } = [];

        [VectorType(2)]
        public long[] Longs { get; set; } = [];

        [VectorType(2)]
        public byte[] Bytes { get; set; } = [];

        [VectorType(2)]
        public sbyte[] SignedBytes { get; set; } = [];

        [VectorType(2)]
        public short[] Shorts { get; set; } = [];

        [VectorType(2), KeyType(40)]
        public uint[] Keys { get; set; } = [];
    }
}
