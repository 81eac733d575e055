using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Engine.Tests.Model;

public class ModelFileTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void APipelineLoadsInAFreshContextAndGivesTheSame()
    {
        var data = Rows();
        var model = Pipeline().Fit(data);

        var loaded = new MLContext().Model.Load(new MemoryStream(Save(model, data.Schema)), out var schema);

        Assert.Equal(data.Schema.Select(column => $"{column}"), schema.Select(column => $"{column}"));
        Assert.Equal(model.Transform(data).Schema.Select(column => $"{column}"), loaded.Transform(data).Schema.Select(column => $"{column}"));
        foreach (string column in new[] { "All", "Norm", "Pca" })
            Assert.Equal(model.Transform(data).GetColumn<float[]>(column), loaded.Transform(data).GetColumn<float[]>(column));
        Assert.Equal(["a", "b", "c"], loaded.Transform(data).GetColumn<string>("Word").Take(3));
        Assert.Equal(model.Transform(data).GetColumn<double>("Wide"), loaded.Transform(data).GetColumn<double>("Wide"));
    }

    [Fact]
    public void TheSchemaComesBackWithItsAnnotations()
    {
        var data = Rows();
        var scaled = Pipeline().Fit(data).Transform(data);

        _ml.Model.Load(new MemoryStream(Save(_ml.Transforms.CopyColumns("Again", "All").Fit(scaled), scaled.Schema)), out var schema);

        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["All"].GetSlotNames(ref names);
        Assert.Equal(["", "", "A"], names.DenseValues().Select(name => $"{name}"));
        Assert.True(schema["All"].IsNormalized());
    }

    [Fact]
    public void WithoutASchemaNoneComesBack()
    {
        _ml.Model.Load(new MemoryStream(Save(_ml.Transforms.CopyColumns("Again", "A").Fit(Rows()), null)), out var schema);
        Assert.Null(schema);
    }

    [Fact]
    public void AFileIsOverwrittenByASecondSave()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.zip");
        try
        {
            _ml.Model.Save(_ml.Transforms.CopyColumns("X", "A").Fit(Rows()), Rows().Schema, path);
            _ml.Model.Save(_ml.Transforms.CopyColumns("Y", "A").Fit(Rows()), Rows().Schema, path);

            Assert.NotNull(_ml.Model.Load(path, out _).Transform(Rows()).Schema.GetColumnOrNull("Y"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void ACustomMappingIsLoadedByItsContract()
    {
        var model = _ml.Transforms.CustomMapping(new Tripling().GetMapping(), Tripling.Contract).Fit(Rows());
        var context = new MLContext();
        context.ComponentCatalog.RegisterAssembly(typeof(Tripling).Assembly);
        context.ComponentCatalog.RegisterAssembly(typeof(Tripling).Assembly);

        var loaded = context.Model.Load(new MemoryStream(Save(model, Rows().Schema)), out _);

        Assert.Equal([0f, 3, 6], loaded.Transform(Rows()).GetColumn<float>("Triple").Take(3));
    }

    [Fact]
    public void ACustomMappingWithoutAContractIsNotSaved() =>
        Assert.Throws<InvalidOperationException>(() => Save(_ml.Transforms.CustomMapping(new Tripling().GetMapping(), null).Fit(Rows()), null));

    [StandinFact]
    public void AFailedSaveLeavesTheOldFileAndNothingElse()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "model.zip");
            File.WriteAllText(path, "old");

            Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(_ml.Transforms.CustomMapping(new Tripling().GetMapping(), null).Fit(Rows()), null, path));

            Assert.Equal(["model.zip"], Directory.GetFiles(folder).Select(Path.GetFileName));
            Assert.Equal("old", File.ReadAllText(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [StandinFact]
    public void EqualModelsGiveEqualFiles() =>
        Assert.Equal(Save(Pipeline().Fit(Rows()), Rows().Schema), Save(Pipeline().Fit(Rows()), Rows().Schema));

    [StandinFact]
    public void AFlippedByteIsFoundOrDoesNotMatter()
    {
        byte[] file = Save(Pipeline().Fit(Rows()), Rows().Schema);
        float[][] expected = [.. Pipeline().Fit(Rows()).Transform(Rows()).GetColumn<float[]>("Norm")];
        for (int i = 0; i < file.Length; i += 5)
        {
            byte[] damaged = (byte[])file.Clone();
            damaged[i] ^= 0x24;
            var error = Record.Exception(() =>
            {
                var model = _ml.Model.Load(new MemoryStream(damaged), out _);
                Assert.Equal(expected, model.Transform(Rows()).GetColumn<float[]>("Norm"));
            });
            Assert.True(error is null or FormatException, $"byte {i}: {error}");
        }
    }

    [StandinFact]
    public void ATruncatedFileIsRefused()
    {
        byte[] file = Save(Pipeline().Fit(Rows()), Rows().Schema);
        for (int length = 0; length < file.Length; length += 31)
            Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(file, 0, length), out _));
    }

    [StandinFact]
    public void AFileCutWithinAnyEntryIsRefused()
    {
        byte[] file = Save(Pipeline().Fit(Rows()), Rows().Schema);
        foreach (string name in Entries(file).Keys)
        {
            int at = file.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(name));
            foreach (int length in new[] { at, at + name.Length, at + name.Length + 1 })
                Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(file, 0, length), out _));
        }
    }

    [StandinFact]
    public void ContentThatIsNotWhatTheChecksumSaysIsRefusedByName()
    {
        byte[] file = Save(Pipeline().Fit(Rows()), Rows().Schema);
        foreach (string name in Entries(file).Keys)
        {
            // The first byte of the entry's data, behind the local header, which ends in the name.
            byte[] damaged = (byte[])file.Clone();
            damaged[damaged.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(name)) + name.Length] ^= 0xFF;

            var error = Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(damaged), out _));

            Assert.Contains(name, error.Message);
        }
    }

    [StandinFact]
    public void EveryTruncatedEntryIsRefusedByName()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), Rows().Schema));
        foreach (var (name, content) in entries)
        {
            foreach (int length in new[] { 0, content.Length / 2, content.Length - 1 })
            {
                var damaged = entries.ToDictionary(entry => entry.Key, entry => entry.Key == name ? content[..length] : entry.Value);
                var error = Record.Exception(() => _ml.Model.Load(new MemoryStream(Zip(damaged)), out _));
                Assert.True(error is FormatException && error.Message.Contains(name[..name.LastIndexOf('/')]), $"{name} cut to {length} of {content.Length} bytes: {error}");
            }
        }
    }

    [StandinFact]
    public void EveryMissingEntryIsRefused()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), null));
        foreach (string name in entries.Keys)
            Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(Zip(entries.Where(entry => entry.Key != name))), out _));
    }

    [StandinFact]
    public void AnEntryThatExpandsBeyondReasonIsRefusedUnread()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), Rows().Schema)).ToList();
        entries.Add(new("Standin.Microsoft.ML/Model/Bomb", new byte[100 << 20]));
        byte[] bomb = Zip(entries);
        Assert.True(bomb.Length < 1 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(bomb), out _));

        Assert.Contains("Bomb", error.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    [StandinFact]
    public void AnEntryThatIsLongerThanItClaimsIsRefused()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), Rows().Schema));
        entries["Standin.Microsoft.ML/Schema"] = new byte[0x123456];
        byte[] file = Zip(entries);
        byte[] length = BitConverter.GetBytes(0x123456);
        for (int at = file.AsSpan().IndexOf(length); at >= 0; at = file.AsSpan().IndexOf(length))
            BitConverter.GetBytes(10).CopyTo(file, at);

        Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(file), out _));
    }

    [StandinFact]
    public void PathsThatLeadOutsideAreRefused()
    {
        foreach (string path in new[] { "../evil", "Standin.Microsoft.ML/../../evil", "/evil", "..\\evil", "C:/evil" })
        {
            var entries = Entries(Save(Pipeline().Fit(Rows()), Rows().Schema)).Append(new(path, [1]));
            var error = Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(Zip(entries)), out _));
            Assert.Contains(path, error.Message);
        }
    }

    [StandinFact]
    public void AFileOfTheOfficialPackageIsRefusedAsSuch()
    {
        byte[] file = Zip([new("TrainingInfo/Version.txt", [1]), new("TransformerChain/Model.key", [1]), new("Schema", [1])]);
        var error = Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(file), out _));
        Assert.Contains("official Microsoft.ML package", error.Message);
    }

    [StandinFact]
    public void ANewerFormatIsRefusedByName()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), null));
        entries["Standin.Microsoft.ML/Format"] = "Standin.Microsoft.ML model, format 3\n"u8.ToArray();
        var error = Assert.Throws<FormatException>(() => _ml.Model.Load(new MemoryStream(Zip(entries)), out _));
        Assert.Contains("format 3", error.Message);
    }

    [StandinFact]
    public void TheFirstFormatLoadsWithAndWithoutASchema()
    {
        var entries = Entries(Save(Pipeline().Fit(Rows()), Rows().Schema));
        entries["Standin.Microsoft.ML/Format"] = "Standin.Microsoft.ML model, format 1\n"u8.ToArray();
        _ml.Model.Load(new MemoryStream(Zip(entries)), out var schema);
        Assert.Equal(Rows().Schema.Count, schema.Count);

        entries.Remove("Standin.Microsoft.ML/Schema");
        _ml.Model.Load(new MemoryStream(Zip(entries)), out schema);
        Assert.Null(schema);
    }

    private IEstimator<ITransformer> Pipeline() => _ml.Transforms.Concatenate("All", "V", "A")
        .Append(_ml.Transforms.NormalizeMeanVariance("All", fixZero: false))
        .Append(_ml.Transforms.NormalizeLpNorm("Norm", "All"))
        .Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Text"))
        .Append(_ml.Transforms.Conversion.MapKeyToValue("Word", "Key"))
        .Append(_ml.Transforms.Conversion.ConvertType("Wide", "A", DataKind.Double))
        .Append(_ml.Transforms.ProjectToPrincipalComponents("Pca", "All", rank: 1))
        .Append(_ml.Transforms.SelectColumns("All", "Norm", "Word", "Wide", "Pca"));

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row { A = i, V = [i % 5, i * i], Text = "abc"[i % 3].ToString() }));

    private byte[] Save(ITransformer model, DataViewSchema? schema)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, schema, stream);
        return stream.ToArray();
    }

    private static Dictionary<string, byte[]> Entries(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        });
    }

    private static byte[] Zip(IEnumerable<KeyValuePair<string, byte[]>> entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                stream.Write(content);
            }
        }
        return file.ToArray();
    }

    internal sealed class Row
    {
        public float A { get; set; }

        [VectorType(2)]
        public float[] V { get; set; } = [];

        public string Text { get; set; } = "";
    }

    internal sealed class Tripled
    {
        public float Triple { get; set; }
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class Tripling : CustomMappingFactory<Row, Tripled>
    {
        public const string Contract = "engine-tests-tripling";

        public override Action<Row, Tripled> GetMapping() => (source, target) => target.Triple = source.A * 3;
    }
}
