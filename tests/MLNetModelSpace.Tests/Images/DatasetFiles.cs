using System.Buffers.Binary;
using System.IO.Compression;

namespace MLNetModelSpace.Tests.Images;

/// <summary>Writes small IDX and CIFAR-10 files, right ones and wrong ones.</summary>
internal static class DatasetFiles
{
    public static byte[] Idx(uint magic, int[] dimensions, byte[] content)
    {
        byte[] file = new byte[4 + 4 * dimensions.Length + content.Length];
        BinaryPrimitives.WriteUInt32BigEndian(file, magic);
        for (int i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), dimensions[i]);
        content.CopyTo(file, 4 + 4 * dimensions.Length);
        return file;
    }

    public static byte[] IdxImages(int count, int height, int width, int first = 0) =>
        Idx(0x803, [count, height, width], [.. Enumerable.Range(first, count * height * width).Select(i => (byte)i)]);

    public static byte[] IdxLabels(params byte[] labels) => Idx(0x801, [labels.Length], labels);

    public static byte[] Gzip(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(content);
        return stream.ToArray();
    }

    public static byte[] CifarRecords(params byte[] labels)
    {
        byte[] file = new byte[labels.Length * 3073];
        for (int i = 0; i < labels.Length; i++)
        {
            file[i * 3073] = labels[i];
            file.AsSpan(i * 3073 + 1, 3072).Fill((byte)(i + 1));
        }

        return file;
    }

    /// <summary>Writes files by name into a folder.</summary>
    public static void Write(TemporaryFolder folder, params (string Name, byte[] Content)[] files)
    {
        foreach ((string name, byte[] content) in files)
            File.WriteAllBytes(folder.File(name), content);
    }
}
