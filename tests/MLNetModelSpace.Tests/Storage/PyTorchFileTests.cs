using System.IO.Compression;
using MLNetModelSpace.Storage;

namespace MLNetModelSpace.Tests.Storage;

public sealed class PyTorchFileTests
{
    [Theory]
    [InlineData("zip.pth")]
    [InlineData("zip-protocol-5.pth")]
    [InlineData("legacy.pth")]
    [InlineData("legacy-protocol-4.pth")]
    [InlineData("double.pth")]
    [InlineData("half.pth")]
    [InlineData("bfloat16.pth")]
    [InlineData("big-endian.pth")]
    public void EveryFormatAndElementTypeGivesTheSameNumbers(string name)
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint(name));

        Assert.Equal(["encoder.0.weight", "encoder.0.bias", "decoder.0.weight", "decoder.0.bias"], file.GetTensors().Select(tensor => tensor.Name));
        Assert.Equal([[3, 6], [3], [6, 3], [6]], file.GetTensors().Select(tensor => tensor.Shape.ToArray()));
        for (int i = 0; i < 4; i++)
            Assert.Equal(StoredModels.Values(i + 1, (int)file.GetTensors()[i].Length), Read(file, i));
    }

    [Theory]
    [InlineData("zip.pth", "F32", false)]
    [InlineData("legacy.pth", "F32", true)]
    [InlineData("double.pth", "F64", false)]
    [InlineData("half.pth", "F16", false)]
    [InlineData("bfloat16.pth", "BF16", false)]
    public void TheElementTypeAndTheFormatAreSaid(string name, string type, bool legacy)
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint(name));

        Assert.All(file.GetTensors(), tensor => Assert.Equal(type, tensor.DataType));
        Assert.Equal(legacy, file.IsLegacy);
    }

    [Fact]
    public void StridesAndOffsetsAreFollowed()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("strided.pth"));

        // Column by column from place 5, every other number from place 1, and a plain part.
        Assert.Equal([.. from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0, 4) select StoredModels.Value(1, 5 + row + (3 * column))], Read(file, 0));
        Assert.Equal([StoredModels.Value(1, 1), StoredModels.Value(1, 3), StoredModels.Value(1, 5)], Read(file, 1));
        Assert.Equal(StoredModels.Values(1, 40)[20..32], Read(file, 2));
    }

    [Fact]
    public void ViewsOfTheOldFormatAreWindowsOfTheirStorage()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("legacy-views.pth"));

        Assert.Equal(StoredModels.Values(1, 40)[4..16], Read(file, 0));
        Assert.Equal(StoredModels.Values(1, 40)[20..32], Read(file, 1));
    }

    [Fact]
    public void TiedTensorsAreThereUnderBothNames()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("tied.pth"));

        Assert.Equal(["a.weight", "b.weight"], file.GetTensors().Select(tensor => tensor.Name));
        Assert.Equal(Read(file, 0), Read(file, 1));
    }

    [Fact]
    public void ScalarsEmptyTensorsIntegersAndBooleansAreRead()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("small-shapes.pth"));

        Assert.Equal(["scale F32 []", "none F32 [0×4]", "w.weight F32 [2×2]", "steps I64 []", "mask BOOL [2]"], file.GetTensors().Select(tensor => tensor.ToString()));
        Assert.Equal([[2.5f], [], StoredModels.Values(1, 4), [5], [1, 0]], Enumerable.Range(0, 5).Select(i => Read(file, i)));
    }

    [Fact]
    public void StoragesWithoutATypeHaveThatOfTheirTensors()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("untyped.pth"));

        Assert.Equal(StoredModels.Values(1, 6), Read(file, 0));
    }

    [Fact]
    public void InATrainingCheckpointTheStateDictIsFoundAndTheOptimizerIsNone()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("training.pth"));

        Assert.Equal(["model_state_dict"], file.StateDicts);
        Assert.Equal(4, file.GetTensors().Count);
    }

    [Fact]
    public void OfSeveralStateDictsOneIsAskedForByName()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("model-and-ema.pth"));

        Assert.Equal(["model", "ema"], file.StateDicts);
        Assert.EndsWith("it holds several state dicts, and none is asked for by its name: 'model' (4 tensors), 'ema' (4 tensors).", Assert.Throws<InvalidDataException>(() => file.GetTensors()).Message);
        Assert.EndsWith("it holds no state dict 'net'; it has 'model' (4 tensors), 'ema' (4 tensors).", Assert.Throws<InvalidDataException>(() => file.GetTensors("net")).Message);
        float[] values = new float[18];
        file.CopyTo(0, values, "ema");
        Assert.Equal(StoredModels.Values(50, 18), values);
    }

    [Theory]
    [InlineData("whole-module.pt", "")]
    [InlineData("whole-module-legacy.pt", "model")]
    public void AWholeModuleIsReadFromItsStructure(string name, string stateDict)
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint(name));

        Assert.Equal([stateDict], file.StateDicts);
        Assert.Equal(
            ["encoder.0.weight", "encoder.1.weight", "encoder.1.bias", "encoder.1.running_mean", "encoder.1.running_var", "encoder.1.num_batches_tracked", "decoder.weight", "decoder.bias"],
            file.GetTensors().Select(tensor => tensor.Name));
        Assert.Equal([true, true, true, false, false, false, true, true], file.GetTensors().Select(tensor => tensor.IsParameter));
        Assert.Equal(StoredModels.Values(5, 18), Read(file, 6));
    }

    [Fact]
    public void AModuleThatOthersPickledWholeIsRead()
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint("swiss-roll-whole-module.pt"));

        Assert.True(file.IsLegacy);
        Assert.Equal(20, file.GetTensors().Count);
        Assert.Equal(("encoder.0.weight", 2), (file.GetTensors()[0].Name, (int)file.GetTensors()[0].Shape[1]));
        Assert.All(Enumerable.Range(0, 20), i => Assert.All(Read(file, i), value => Assert.True(float.IsFinite(value) && Math.Abs(value) < 10)));
    }

    [Theory]
    [InlineData("malicious-system.pth", "it would call 'posix.system'")]
    [InlineData("malicious-legacy.pth", "it would call 'posix.system'")]
    [InlineData("malicious-stack-global.pth", "it would call 'posix.system'")]
    [InlineData("malicious-eval.pth", "it would call '__builtin__.eval'")]
    [InlineData("malicious-getattr.pth", "it would call '__builtin__.getattr'")]
    [InlineData("malicious-newobj.pth", "it would call 'subprocess.Popen'")]
    [InlineData("malicious-build.pth", "it would call 'os.system'")]
    [InlineData("malicious-inst.pth", "it has the opcode 0x69, which would look for code")]
    [InlineData("malicious-obj.pth", "it has the opcode 0x6F, which would look for code")]
    [InlineData("malicious-extension.pth", "it has the opcode 0x82, which would look for code")]
    public void WhatWouldRunSomethingIsRefusedAndRunsNothing(string name, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(StoredModels.Checkpoint(name)));

        Assert.Contains(reason, error.Message);
        Assert.Contains(name, error.Message);
        Assert.False(File.Exists("ran"));
    }

    [Fact]
    public void ARefusedCallComesWithTheWayRound() => Assert.Contains(
        "torch.save(model.state_dict(), 'model.pth')",
        Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(StoredModels.Checkpoint("malicious-eval.pth"))).Message);

    [Theory]
    [InlineData("tensor-alone.pt", "it holds no state dict: it is a tensor alone")]
    [InlineData("optimizer-alone.pth", "it holds no state dict: its dictionary has the keys 'optimizer', 'epoch'")]
    [InlineData("offset-outside.pth", "a tensor of [2, 3] with offset 1 and strides [3, 1] reaches element 6 of storage '0', which has 6")]
    [InlineData("strides-outside.pth", "a tensor of [2, 3] with offset 0 and strides [4, 1] reaches element 6 of storage '0', which has 6")]
    [InlineData("negative-stride.pth", "a tensor has the strides [-3, -1]; expected none below 0")]
    [InlineData("zip-bomb.pth", "is compressed")]
    [InlineData("million-bytes-promised.pth", "it promises 1895825407 bytes of a text, but 4 are left")]
    public void BadFilesAreRefusedEachForItsReason(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => PyTorchFile.Open(StoredModels.Checkpoint(name))).Message);

    [Theory]
    [InlineData("storage-short.pth", 0, "storage '0' of tensor 'encoder.0.weight' would have 72 bytes; it has 68")]
    [InlineData("storage-missing.pth", 2, "tensor 'decoder.0.weight' is made of storage '2', which the file does not have")]
    [InlineData("sparse.pth", 0, "tensor 'w.weight' is a sparse tensor; expected plain numbers")]
    public void TensorsThatCannotBeReadAreNamed(string name, int index, string reason)
    {
        using PyTorchFile file = PyTorchFile.Open(StoredModels.Checkpoint(name));

        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => file.CopyTo(index, new float[file.GetTensors()[index].Length])).Message);
    }

    [Fact]
    public void ATensorOfBillionsOfPlacesOverOneNumberIsRefused() => Assert.Contains(
        "far more than the file's bytes", Assert.Throws<InvalidDataException>(() => ModelRows.FromFile(StoredModels.Checkpoint("expanded.pth"))).Message);

    [Fact]
    public void AFlippedBitInAStorageIsFoundByItsChecksum()
    {
        byte[] bytes = File.ReadAllBytes(StoredModels.Checkpoint("zip.pth"));
        int place = bytes.AsSpan().IndexOf(BitConverter.GetBytes(StoredModels.Value(1, 0)));
        bytes[place + 1] ^= 1;
        using PyTorchFile file = PyTorchFile.Parse(bytes);

        Assert.Contains("storage '0' is damaged", Assert.Throws<InvalidDataException>(() => file.CopyTo(0, new float[18])).Message);
    }

    [Fact]
    public void ADictionaryOfAMillionEntriesIsRefused()
    {
        // In batches of a thousand, as Python writes them.
        var pickle = new List<byte> { 0x80, 2, (byte)'}' };
        for (int i = 0; i < 1_000_000; i++)
        {
            if (i % 1000 == 0)
                pickle.Add((byte)'(');
            pickle.AddRange([(byte)'J', (byte)i, (byte)(i >> 8), (byte)(i >> 16), 0, (byte)'N']);
            if (i % 1000 == 999)
                pickle.Add((byte)'u');
        }

        pickle.Add((byte)'.');

        Assert.Contains("a dictionary has more than 100000 entries, the most that are read", Refused(pickle));
    }

    [Fact]
    public void ANestAThousandDeepIsRefused()
    {
        List<byte> pickle = [0x80, 2, .. Enumerable.Repeat((byte)']', 1000), .. Enumerable.Repeat((byte)'a', 999), (byte)'.'];

        Assert.Contains("containers lie more than 256 deep in one another", Refused(pickle));
    }

    /// <summary>Each list is put into the one before it while it is empty still, so that no height is known when the next is added.</summary>
    [Fact]
    public void ANestThatIsBuiltFromOutsideIsRefused()
    {
        List<byte> pickle = [0x80, 2, (byte)']', (byte)'q', 0];
        for (int i = 0; i < 100_000; i++)
            pickle.AddRange([(byte)'h', 0, (byte)']', (byte)'q', 0, (byte)'a', (byte)'0']);
        List<byte> start = [0x80, 2, (byte)']', (byte)'q', 1, .. pickle[2..], (byte)'h', 1, (byte)'.'];

        Assert.NotEmpty(Refused(start));
    }

    [Theory]
    [InlineData("80 02 2E", "it takes more from its stack than was put there")]
    [InlineData("80 02 68 05 2E", "it refers to number 5 of what it remembers, which has 0")]
    [InlineData("80 02 75 2E", "it goes back to a mark that was not set")]
    [InlineData("80 02 4E", "it ends in the middle")]
    [InlineData("80 02 FF 2E", "0xFF is no opcode")]
    [InlineData("80 02 49 31 0A 2E", "it has the opcode 'I' of protocol 0")]
    [InlineData("80 09 4E 2E", "its protocol is 9; expected 2 to 5")]
    [InlineData("80 02 8A 20 00", "it promises 32 bytes of a number, but 1 are left")]
    [InlineData("80 02 8C 01 FF 2E", "a text is not UTF-8")]
    public void MalformedPicklesAreRefusedEachForItsReason(string hex, string reason) =>
        Assert.Contains(reason, Refused(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void AZipWithoutAPickleIsRefused() => Assert.Contains(
        "it is a zip without 'data.pkl'", Assert.Throws<InvalidDataException>(() => PyTorchFile.Parse(Zip(("readme.txt", "hello"u8.ToArray())))).Message);

    [Fact]
    public void ATorchscriptProgramIsRefusedWithTheWayRound() => Assert.Contains(
        "it is a TorchScript program",
        Assert.Throws<InvalidDataException>(() => PyTorchFile.Parse(Zip(("m/data.pkl", [0x80, 2, (byte)'N', (byte)'.']), ("m/constants.pkl", []), ("m/code/a.py", [])))).Message);

    [Fact]
    public void AZipThatIsCutShortIsRefused() => Assert.Contains(
        "the file is cut short", Assert.Throws<InvalidDataException>(() => PyTorchFile.Parse(File.ReadAllBytes(StoredModels.Checkpoint("zip.pth")).AsMemory(0, 900))).Message);

    private static string Refused(IEnumerable<byte> pickle) =>
        Assert.Throws<InvalidDataException>(() => PyTorchFile.Parse(Zip(("archive/data.pkl", [.. pickle])))).Message;

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static float[] Read(PyTorchFile file, int index)
    {
        float[] values = new float[file.GetTensors()[index].Length];
        file.CopyTo(index, values);
        return values;
    }
}
