namespace MLNetModelSpace.Images;

/// <summary>Reads CIFAR-10's binary version: records of one label and 3×32×32 values.</summary>
internal static class Cifar10Files
{
    private const string MetaFile = "batches.meta.txt";
    private const int MaxMetaBytes = 1 << 16;

    private static readonly ImageShape s_shape = new(3, 32, 32);

    private static int RecordBytes => 1 + s_shape.Size;

    public static ImageDataset LoadFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; expected one with data_batch_*.bin and test_batch.bin of CIFAR-10's binary version.");
        List<string> files = [.. Directory.GetFiles(folder, "data_batch_*.bin").OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal)];
        string test = Path.Combine(folder, "test_batch.bin");
        if (File.Exists(test))
            files.Add(test);
        if (files.Count == 0)
            throw new FileNotFoundException($"'{folder}' has neither data_batch_*.bin nor test_batch.bin of CIFAR-10's binary version.");

        string[] classNames = ReadClassNames(Path.Combine(folder, MetaFile));
        long total = files.Sum(path => CountRecords(path));
        if (total * s_shape.Size > Array.MaxLength)
            throw new InvalidDataException($"The files in '{folder}' have {total} images; at most {Array.MaxLength / s_shape.Size} are read.");
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)total * s_shape.Size);
        byte[] labels = new byte[total];
        int done = 0;
        foreach (string path in files)
            done += Read(path, classNames.Length, pixels.AsSpan(done * s_shape.Size), labels.AsSpan(done));
        return ImageDataset.Adopt("CIFAR-10", s_shape, pixels, labels, classNames);
    }

    private static long CountRecords(string path)
    {
        long length = new FileInfo(path).Length;
        if (length == 0)
            throw new InvalidDataException($"'{path}' has no images.");
        if (length % RecordBytes != 0)
            throw new InvalidDataException($"'{path}' has {length} bytes; expected a multiple of {RecordBytes} (one label and {s_shape} values): the record at byte {length - length % RecordBytes} has {length % RecordBytes}.");
        return length / RecordBytes;
    }

    private static int Read(string path, int classCount, Span<byte> pixels, Span<byte> labels)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        int count = (int)CountRecords(path);
        for (int i = 0; i < count; i++)
        {
            int label = stream.ReadByte();
            if (label >= classCount)
                throw new InvalidDataException($"'{path}', byte {(long)i * RecordBytes}: label {label} of image {i} is out of range; expected 0 to {classCount - 1}.");
            if (label < 0 || stream.ReadAtLeast(pixels.Slice(i * s_shape.Size, s_shape.Size), s_shape.Size, throwOnEndOfStream: false) < s_shape.Size)
                throw new InvalidDataException($"'{path}' became shorter while it was read: image {i} of {count} is cut short.");
            labels[i] = (byte)label;
        }

        return count;
    }

    private static string[] ReadClassNames(string path)
    {
        if (!File.Exists(path))
            return DatasetClasses.Cifar10;
        if (new FileInfo(path).Length > MaxMetaBytes)
            throw new InvalidDataException($"'{path}' has {new FileInfo(path).Length} bytes; expected a class name on each line, {MaxMetaBytes} bytes at most.");
        string[] names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (ImageDataset.FirstWrongName(names) is { } wrong)
            throw new InvalidDataException($"'{path}': {wrong}");
        return names;
    }
}
