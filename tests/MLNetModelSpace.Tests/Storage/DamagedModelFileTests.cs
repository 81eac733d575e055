using System.Buffers.Binary;
using System.Globalization;
using MLNetModelSpace.Storage;

namespace MLNetModelSpace.Tests.Storage;

/// <summary>
/// Model files with bits flipped, bytes overwritten and ends cut off: each is refused by its own kind of exception, or read, within bounded memory. Thirty thousand damages;
/// another number with <c>MODELSPACE_FILE_DAMAGES=1000000 dotnet test -c Release --filter DamagedModelFileTests</c>.
/// </summary>
public sealed class DamagedModelFileTests
{
    /// <summary>What reading may allocate beyond ten times the file.</summary>
    private const long SpareBytes = 64L << 20;

    private static readonly string[] s_checkpoints =
    [
        "zip.pth", "zip-protocol-5.pth", "legacy.pth", "training.pth", "whole-module.pt", "whole-module-legacy.pt", "strided.pth", "legacy-views.pth", "small-shapes.pth",
        "untyped.pth", "big-endian.pth", "bfloat16.pth", "batchnorm-conv.pth", "vae-wrapped.pth",
    ];

    [Fact]
    public void A_damaged_file_is_refused_or_read_within_bounded_memory()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("MODELSPACE_FILE_DAMAGES") ?? "30000", CultureInfo.InvariantCulture);
        byte[][] files =
        [
            .. s_checkpoints.Select(name => File.ReadAllBytes(StoredModels.Checkpoint(name))),
            .. s_checkpoints.Select(name => WithoutSums(File.ReadAllBytes(StoredModels.Checkpoint(name)))),
            File.ReadAllBytes(StoredModels.Case("ae-python-order")), File.ReadAllBytes(StoredModels.Case("batchnorm")),
        ];
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] file = Damage(files[i % files.Length], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Read(file);
            }
            catch (InvalidDataException)
            {
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= (10L * file.Length) + SpareBytes, $"Damage {i} of a file of {file.Length} bytes allocated {allocated}.");
        }

        Assert.InRange(refused, count / 4, count - (count / 100));
    }

    private static void Read(byte[] bytes)
    {
        using TensorFile file = TensorFile.Parse(bytes, "damaged");
        var layout = new CanonicalLayout(file, new ModelReaderOptions { Rename = true, Buffers = BufferHandling.Keep });
        for (int i = 0; i < layout.Sources.Length; i++)
            file.CopyTo(layout.Sources[i], new float[layout.Layout.Tensors[i].Length]);
        Assert.NotNull(layout.Layout.GetWiring());
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        byte[] damaged = random.Next(20) == 0 ? file[..random.Next(file.Length)] : (byte[])file.Clone();
        for (int i = random.Next(1, 4); i > 0 && damaged.Length > 0; i--)
        {
            int at = random.Next(damaged.Length);
            damaged[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(damaged[at] ^ (1 << random.Next(8)));
        }

        return damaged;
    }

    /// <summary>Sets the sums in a zip's directory to 0, which is read as not said, so that damages get as far as the pickle.</summary>
    private static byte[] WithoutSums(byte[] file)
    {
        for (int i = 0; i + 46 <= file.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(i)) == 0x02014B50)
                file.AsSpan(i + 16, 4).Clear();
        }

        return file;
    }
}
