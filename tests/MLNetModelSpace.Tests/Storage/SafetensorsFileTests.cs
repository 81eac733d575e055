using System.Text;

namespace MLNetModelSpace.Tests.Storage;

// Reaches internals: a writer that is killed is played by a file that is never committed.
public sealed class SafetensorsFileTests : IDisposable
{
    private static readonly WeightLayout s_layout =
        new([new TensorLayout("encoder.weight", 2, 3), new TensorLayout("encoder.bias", 2), new TensorLayout("scale")], "net(hidden=2)");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AModelIsReadAsItWasWritten()
    {
        string path = _folder.File("model.safetensors");
        float[] weights = [1, -2.5f, float.MaxValue, float.Epsilon, 0, -0f, 7, 8, 9];
        SafetensorsFile.Write(path, s_layout, weights, new Dictionary<string, string> { ["note"] = "π \"quoted\"\n" });

        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] read = new float[file.Layout.Length];
        file.CopyTo(read);

        Assert.Equal(s_layout, file.Layout);
        Assert.Equal("π \"quoted\"\n", file.Metadata["note"]);
        Assert.Equal(weights.Select(BitConverter.SingleToUInt32Bits), read.Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void TheTensorsBeginAtAMultipleOfEight()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, new float[9]);

        Assert.Equal(0, (new FileInfo(path).Length - 9 * sizeof(float)) % 8);
    }

    [Fact]
    public void EqualContentGivesEqualBytes()
    {
        string one = _folder.File("1"), two = _folder.File("2");
        SafetensorsFile.Write(one, s_layout, new float[9], new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });
        SafetensorsFile.Write(two, s_layout, new float[9], new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });

        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
    }

    [Fact]
    public void AMappedFileGivesItsTensorsWithoutCopying()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, [1, 2, 3, 4, 5, 6, 7, 8, 9]);

        using SafetensorsFile file = SafetensorsFile.OpenMapped(path);
        float[] read = new float[9];
        file.CopyTo(read);

        Assert.Equal(BitConverter.GetBytes(7f), file.GetBytes(file.IndexOf("encoder.bias"))[..4].ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], read);
    }

    [Fact]
    public void AMappedFileCannotBeReadAfterItIsDisposed()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, new float[9]);
        SafetensorsFile file = SafetensorsFile.OpenMapped(path);
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.CopyTo(new float[9]));
    }

    [Fact]
    public void AFileThatIsNotMappedSaysSoWhenItsBytesAreAskedFor()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, new float[9]);
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Contains("OpenMapped", Assert.Throws<InvalidOperationException>(() => file.GetBytes(0).Length).Message);
    }

    [Fact]
    public void AFailedWriteLeavesTheOldFileAndNothingElse()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, new float[9]);
        byte[] before = File.ReadAllBytes(path);
        var loneSurrogate = new Dictionary<string, string> { ["text"] = "\ud800" };

        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, s_layout, new float[9], loneSurrogate));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, s_layout, new float[8]));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void APendingFileThatIsNotCommittedIsGone()
    {
        using (var pending = new PendingFile(_folder.File("a")))
            pending.Stream.WriteByte(1);

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void WritingToAMissingFolderIsAnIoError() =>
        Assert.Throws<DirectoryNotFoundException>(() => SafetensorsFile.Write(_folder.File("no/such/model"), s_layout, new float[9]));

    [Fact]
    public void TheNameOfTheMetadataCannotBeATensors()
    {
        var layout = new WeightLayout([new TensorLayout("__metadata__", 1)]);

        Assert.Contains("__metadata__", Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_folder.File("a"), layout, new float[1])).Message);
    }

    /// <summary>
    /// Byte by byte what Python's safetensors writes: wider types first, names sorted within a type, the header padded with
    /// spaces to a multiple of eight.
    /// </summary>
    [Fact]
    public void AFileAsPythonWritesItIsRead()
    {
        const string header =
            """{"__metadata__":{"format":"pt"},"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"w":{"dtype":"F64","shape":[1,2],"data_offsets":[8,24]},"bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[32,36]},"half":{"dtype":"F16","shape":[2],"data_offsets":[36,40]},"level":{"dtype":"U8","shape":[1],"data_offsets":[40,41]},"flags":{"dtype":"BOOL","shape":[3],"data_offsets":[41,44]}}""";
        byte[] data =
        [
            0x2A, 0, 0, 0, 0, 0, 0, 0, // 42
            0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0, // 1.5, -2
            0, 0, 0x80, 0x3E, 0, 0, 0x40, 0x40, // 0.25, 3
            0x80, 0x3F, 0x20, 0xC1, // 1, -10
            0x00, 0x38, 0x01, 0x00, // 0.5, 2^-24
            0xFF, // 255
            1, 0, 1,
        ];
        using SafetensorsFile file = SafetensorsFile.Parse(Safetensors.Assemble(header.PadRight((header.Length + 7) / 8 * 8), data));
        float[] values = new float[file.Layout.Length];
        file.CopyTo(values);

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("tensors: steps [], w [1×2], bias [2], brain [2], half [2], level [1], flags [3]", file.Layout.ToString());
        Assert.Equal([42, 1.5f, -2, 0.25f, 3, 1, -10, 0.5f, MathF.Pow(2, -24), 255, 1, 0, 1], values);
    }

    [Theory]
    [InlineData("I8", 1, -5)]
    [InlineData("I16", 2, -300)]
    [InlineData("U16", 2, 65000)]
    [InlineData("I32", 4, -70000)]
    [InlineData("U32", 4, 4e9)]
    [InlineData("I64", 8, -1e12)]
    [InlineData("U64", 8, 1.5e19)]
    public void IntegersAreReadAsTheNearestFloat(string dataType, int width, double value)
    {
        byte[] bytes = new byte[width];
        UInt128 pattern = (UInt128)(Int128)value;
        for (int i = 0; i < width; i++)
            bytes[i] = (byte)(pattern >> (8 * i));
        using SafetensorsFile file = SafetensorsFile.Parse(
            Safetensors.Assemble($$$"""{"a":{"dtype":"{{{dataType}}}","shape":[1],"data_offsets":[0,{{{width}}}]}}""", bytes));
        float[] values = new float[1];
        file.CopyTo(values);

        Assert.Equal((float)value, values[0]);
    }

    [Fact]
    public void ATensorLongerThanTheScratchIsConvertedWhole()
    {
        double[] values = [.. Enumerable.Range(0, 20_001).Select(i => i * 0.5)];
        byte[] bytes = new byte[values.Length * 8];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        using SafetensorsFile file = SafetensorsFile.Parse(
            Safetensors.Assemble($$$"""{"a":{"dtype":"F64","shape":[20001],"data_offsets":[0,{{{bytes.Length}}}]}}""", bytes));
        float[] read = new float[values.Length];
        file.CopyTo(read);

        Assert.Equal(values.Select(value => (float)value), read);
    }

    [Fact]
    public void ATypeWithoutAReadingAsFloatOpensButIsNotCopied()
    {
        using SafetensorsFile file = SafetensorsFile.Parse(
            Safetensors.Assemble("""{"q":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", [1]), "quantised");

        Assert.False(file.Tensors[0].IsReadable);
        Assert.StartsWith(
            "'quantised' is not a safetensors file that can be read: tensor 'q' has dtype F8_E4M3; as Single can be read BF16, BOOL, F16,",
            Assert.Throws<InvalidDataException>(() => file.CopyTo(new float[1])).Message);
    }

    [Fact]
    public void PlacesOfAnotherNumberThanElementsAreRefused()
    {
        using SafetensorsFile file = SafetensorsFile.Parse(Safetensors.Sample());

        Assert.Throws<ArgumentException>(() => file.CopyTo(new float[file.Layout.Length + 1]));
        Assert.Throws<ArgumentException>(() => file.CopyTo(0, new float[file.Layout.Tensors[0].Length - 1]));
    }

    [Fact]
    public void AnEmptyFileIsSafetensorsButNoWeightVector()
    {
        using SafetensorsFile file = SafetensorsFile.Parse(Safetensors.Assemble("{}", []));

        Assert.Empty(file.Tensors);
        Assert.Contains("no weight vector", Assert.Throws<InvalidDataException>(() => file.Layout).Message);
    }

    [Fact]
    public void FieldsThatTheFormatDoesNotKnowArePassedOver()
    {
        using SafetensorsFile file = SafetensorsFile.Parse(
            Safetensors.Assemble("""{"a":{"dtype":"F32","more":{"x":[1]},"shape":[0],"data_offsets":[0,0]}}""", []));

        Assert.Equal("a F32 [0]", file.Tensors[0].ToString());
    }

    [Fact]
    public void AMissingFileIsNamed() =>
        Assert.Contains("absent.safetensors", Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(_folder.File("absent.safetensors"))).Message);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFileWithoutAByteIsRefused(bool mapped)
    {
        string path = _folder.File("empty");
        File.WriteAllBytes(path, []);

        var error = Assert.Throws<InvalidDataException>(() => mapped ? SafetensorsFile.OpenMapped(path) : SafetensorsFile.Open(path));
        Assert.Equal($"'{path}' is not a safetensors file that can be read: it has 0 bytes; expected at least the 8 of the header's length.", error.Message);
        File.Delete(path); // Nothing holds it open.
    }

    [Fact]
    public void TextsInOtherScriptsAreWrittenAsTheyAre()
    {
        string path = _folder.File("model.safetensors");
        SafetensorsFile.Write(path, s_layout, new float[9], new Dictionary<string, string> { ["имя"] = "мера" });

        Assert.Contains("\"имя\":\"мера\"", Encoding.UTF8.GetString(File.ReadAllBytes(path)));
    }
}
