using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Transforms;

/// <summary>Columns of keys, where Microsoft.ML 5.0 takes them and where it does not.</summary>
public sealed class KeyColumnTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void KeysOfOneTypeAreConcatenated()
    {
        var data = Rows();

        var result = _ml.Transforms.Concatenate("All", "A", "B").Fit(data).Transform(data);

        Assert.Equal("Vector<Key<UInt32, 0-2>, 2>", result.Schema["All"].Type.ToString());
        // A number in an object is a key's place, from zero; what is beyond the last is missing.
        Assert.Equal([[2u, 2u], [3, 3], [0, 1]], result.GetColumn<uint[]>("All"));
    }

    [Theory]
    [InlineData("C", "Key<UInt32, 0-3>")]
    [InlineData("N", "UInt32")]
    [InlineData("F", "Single")]
    public void KeysAndOtherTypesAreNot(string other, string type)
    {
        var data = Rows();

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.Concatenate("All", "A", other).Fit(data).Transform(data).Schema);

        Assert.Contains($"Schema mismatch for input column '{other}': expected Key<UInt32, 0-2>, got {type}", error.Message);
    }

    [Fact]
    public void AChainRefusesToConcatenateKeys()
    {
        var chain = _ml.Transforms.Concatenate("All", "A", "B").Append(_ml.Transforms.CopyColumns("Copy", "All"));

        Assert.Equal("Column 'A' is key. Concatenation of keys is unsupported.", Assert.Throws<InvalidOperationException>(() => chain.Fit(Rows())).Message);
    }

    [Fact]
    public void KeysOfAVectorKeepItsSlotNames()
    {
        var data = Rows();
        var pipeline = _ml.Transforms.Concatenate("V", "F", "G").Append(_ml.Transforms.Conversion.MapValueToKey("Key", "V"));

        var schema = pipeline.Fit(data).Transform(data).Schema;

        Assert.Equal(["SlotNames"], schema["V"].Annotations.Schema.Select(column => column.Name));
        Assert.Equal(["KeyValues", "SlotNames"], schema["Key"].Annotations.Schema.Select(column => column.Name));
    }

    [Fact]
    public void AllColumnsThatAreMissingAreNamed()
    {
        var data = Rows();

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.DropColumns("A", "Y", "Z").Fit(data));

        Assert.Contains("Could not find input column 'Y,Z'", error.Message);
    }

    [Fact]
    public void OneVersusAllTakesNoNumbersAsLabels()
    {
        var data = Rows();
        var vectors = _ml.Transforms.Concatenate("Features", "F", "G").Fit(data).Transform(data);
        var trainers = _ml.MulticlassClassification.Trainers;
        var binary = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression();

        var single = Assert.Throws<NotSupportedException>(() => trainers.OneVersusAll(binary, "F").Fit(vectors));
        var number = Assert.Throws<ArgumentOutOfRangeException>(() => trainers.OneVersusAll(binary, "N").Fit(vectors));

        Assert.Equal("Label column type is not supported by OneVersusAllTrainer: System.Single", single.Message);
        Assert.Contains("Training label column 'N' type is not valid for multi-class: UInt32. Type must be Single or Double.", number.Message);
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(new Row[]
    {
        new() { A = 1, B = 1, F = 0, G = 1 },
        new() { A = 2, B = 2, F = 1, G = 2 },
        new() { A = 3, B = 0, F = 2, G = 3 },
    });

    private sealed class Row
    {
        [KeyType(3)]
        public uint A { get; set; }

        [KeyType(3)]
        public uint B { get; set; }

        [KeyType(4)]
        public uint C { get; set; }

        public uint N { get; set; }

        public float F { get; set; }

        public float G { get; set; }
    }
}
