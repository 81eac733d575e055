using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace MLNetModelSpace.Tests.Storage;

public sealed class SafetensorsMalformedTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""";

    [Fact]
    public void FewerBytesThanTheLengthTakes() => Refused([1, 2, 3], "it has 3 bytes; expected at least the 8 of the header's length");

    [Fact]
    public void AHeaderBeyondTheFile() =>
        Refused(Safetensors.Assemble("{}"u8.ToArray(), [], 1000), "its header would have 1000 bytes, but 2 follow: the file is cut short, or is not safetensors");

    [Fact]
    public void AHeaderBeyondTheLimit() =>
        Refused(Safetensors.Assemble("{}"u8.ToArray(), [], 100_000_001), "its header would have 100000001 bytes; expected at most 100000000");

    [Fact]
    public void ALengthThatIsNegativeWhenSigned() =>
        Refused(Safetensors.Assemble("{}"u8.ToArray(), [], ulong.MaxValue), "its header would have 18446744073709551615 bytes; expected at most 100000000");

    [Fact]
    public void AHeaderOfNoLength() => Refused(Safetensors.Assemble("", []), "the header begins with nothing; expected '{'");

    [Fact]
    public void AHeaderThatBeginsWithSomethingElse() => Refused(Safetensors.Assemble(" {}", []), "the header begins with byte 0x20; expected '{'");

    [Fact]
    public void AHeaderThatIsNotJSON() => Refused(Safetensors.Assemble("{\"a\":", []), "the header is not JSON at byte 5 of it");

    [Fact]
    public void AHeaderWithTextBehindIt() => Refused(Safetensors.Assemble("{} x", []), "the header is not JSON at byte 3 of it");

    [Fact]
    public void AHeaderThatIsNotUTF8() => Refused(Safetensors.Assemble([(byte)'{', 0xFF, (byte)'}'], []), "the header is not UTF-8");

    [Fact]
    public void HalfASurrogatePair() => Refused(Safetensors.Assemble("""{"\ud800":{}}""", []), "the header holds a text that is not Unicode");

    [Fact]
    public void ATensorThatOccursTwice() =>
        Refused(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            8,
            "tensor 'a' occurs twice");

    [Fact]
    public void MetadataThatOccursTwice() => Refused("""{"__metadata__":{},"__metadata__":{}}""", 0, "'__metadata__' occurs twice");

    [Fact]
    public void AKeyOfTheMetadataThatOccursTwice() => Refused("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "metadata 'k' occurs twice");

    [Fact]
    public void MetadataThatIsNoObject() => Refused("""{"__metadata__":[]}""", 0, "'__metadata__' is an array; expected an object of texts");

    [Fact]
    public void MetadataThatIsNoText() => Refused("""{"__metadata__":{"k":1}}""", 0, "metadata 'k' is a number; expected a text");

    [Fact]
    public void TensorsThatOverlap() =>
        Refused(
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
            12,
            "tensors 'a' and 'b' overlap: one ends at 8, the other begins at 4");

    [Fact]
    public void AHoleBetweenTensors() =>
        Refused(
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""",
            12,
            "bytes 4 to 8 before tensor 'b' belong to no tensor; expected no holes");

    [Fact]
    public void AHoleAtTheBeginning() =>
        Refused("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "bytes 0 to 4 before tensor 'a' belong to no tensor; expected no holes");

    [Fact]
    public void BytesBehindTheLastTensor() => Refused(Good, 7, "3 bytes follow the last tensor; expected none");

    [Fact]
    public void AFileThatIsCutShort() => Refused(Good, 3, "tensor 'a' ends at 4, but the header is followed by 3 bytes: the file is cut short");

    [Fact]
    public void AnUnknownElementType() =>
        Refused("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a' has the unknown dtype 'F33'; expected one of BF16, BOOL,");

    [Fact]
    public void AnElementTypeThatIsNoText() =>
        Refused("""{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "dtype of tensor 'a' is a number; expected a text such as F32");

    [Fact]
    public void AnElementTypeOfAnotherWidth() =>
        Refused("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a' of F64 [1] needs 8 bytes; its data_offsets [0, 4] have 4");

    [Fact]
    public void AShapeWhoseProductOverflows() =>
        Refused(
            """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""",
            4,
            "the shape [4294967296, 4294967296] of tensor 'a' has more elements than 64 bits count");

    [Fact]
    public void AShapeWhoseBytesOverflow() =>
        Refused(
            """{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}}""",
            4,
            "tensor 'a' of F64 [4611686018427387904] needs 36893488147419103232 bytes; its data_offsets [0, 4] have 4");

    [Theory]
    [InlineData("-1", "-1")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e2", "1e2")]
    [InlineData("99999999999999999999", "99999999999999999999")]
    [InlineData("\"1\"", "a text")]
    [InlineData("null", "null")]
    public void ADimensionThatIsNoWholeNumber(string dimension, string found) =>
        Refused(
            $$$"""{"a":{"dtype":"F32","shape":[{{{dimension}}}],"data_offsets":[0,4]}}""",
            4,
            $"shape of tensor 'a' holds {found}; expected whole numbers from 0 to 9223372036854775807");

    [Fact]
    public void AShapeThatIsNoArray() =>
        Refused("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape of tensor 'a' is a number; expected an array of whole numbers");

    [Fact]
    public void TooManyDimensions() =>
        Refused(
            $$$"""{"a":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,4]}}""",
            4,
            "tensor 'a' has 65 dimensions; expected at most 64");

    [Theory]
    [InlineData("4,0")]
    [InlineData("0")]
    [InlineData("0,4,8")]
    public void OffsetsThatAreNoPair(string offsets) =>
        Refused(
            $$$"""{"a":{"dtype":"F32","shape":[1],"data_offsets":[{{{offsets}}}]}}""",
            4,
            $"data_offsets of tensor 'a' are [{offsets.Replace(",", ", ")}]; expected [begin, end] with begin ≤ end");

    [Theory]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", "dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "data_offsets")]
    public void AFieldThatIsMissing(string header, string field) => Refused(header, 4, $"tensor 'a' has no {field}");

    [Fact]
    public void AFieldThatOccursTwice() =>
        Refused("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "shape of tensor 'a' occurs twice");

    [Fact]
    public void ATensorThatIsNoObject() =>
        Refused("""{"a":true}""", 0, "tensor 'a' is a boolean; expected an object with dtype, shape and data_offsets");

    [Fact]
    public void AnyLayoutAndWeightsComeBackBitByBit()
    {
        string path = Path.GetTempFileName();
        try
        {
            Arbitrary<(int[][] Shapes, int Seed, string Note)> models =
                (from shapes in Gen.Choose(0, 5).ListOf(3).Select(shape => shape.ToArray()).ListOf(4)
                 from seed in Gen.Choose(0, int.MaxValue)
                 from note in ArbMap.Default.GeneratorFor<UnicodeString>()
                 select (shapes.ToArray(), seed, string.Concat((note.Get ?? "").Where(character => !char.IsSurrogate(character))) + "𝄞")).ToArbitrary();
            Prop.ForAll(models, model => RoundTrip(path, model.Shapes, model.Seed, model.Note)).QuickCheckThrowOnFailure();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void NoByteOfTheHeaderFlippedReservesMoreMemoryThanTheFileHas()
    {
        byte[] original = Safetensors.Sample();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int position = 0; position < 8; position++)
        {
            byte[] bytes = (byte[])original.Clone();
            bytes[position] ^= 0x55;
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.Parse(bytes));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static bool RoundTrip(string path, int[][] shapes, int seed, string note)
    {
        if (shapes.Length == 0)
            return true;
        var layout = new WeightLayout(shapes.Select((shape, i) => new TensorLayout($"t{i}{note}", shape)), note);
        var random = new Random(seed);
        float[] weights = [.. Enumerable.Range(0, layout.Length).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
        SafetensorsFile.Write(path, layout, weights, new Dictionary<string, string> { [note] = note });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] read = new float[weights.Length];
        file.CopyTo(read);
        return file.Layout.Equals(layout) && file.Metadata[note] == note
            && read.Select(BitConverter.SingleToInt32Bits).SequenceEqual(weights.Select(BitConverter.SingleToInt32Bits));
    }

    private static void Refused(string header, int dataBytes, string message) =>
        Refused(Safetensors.Assemble(Encoding.UTF8.GetBytes(header), new byte[dataBytes]), message);

    private static void Refused(byte[] file, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Parse(file, "wrong"));
        Assert.StartsWith($"'wrong' is not a safetensors file that can be read: {message}", error.Message);
    }
}
