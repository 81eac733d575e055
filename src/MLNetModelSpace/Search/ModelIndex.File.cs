using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MLNetModelSpace;

// The file: "MLMSIDX" and a version byte; metric, dimension, count; the ids; the metadata columns; the vectors row by row
// (little-endian single precision); the CRC-32 of all before it. A pipeline's zip has sums of its own: there the index ends with the vectors.
public sealed partial class ModelIndex
{
    private const byte FileVersion = 1;
    private const int MaxDimension = 1 << 20;
    private const int MaxMetadataColumns = 4096;

    private static ReadOnlySpan<byte> Magic => "MLMSIDX"u8;

    /// <summary>Writes the index to a file, under a temporary name first.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var pending = new PendingFile(path);
        using (var stream = new BufferedStream(pending.Stream, 1 << 16))
        {
            Save(stream);
            stream.Flush();
            pending.Commit();
        }
    }

    /// <summary>Writes the index to a stream, which stays open.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var summed = new SummedStream(stream);
        using (var writer = new BinaryWriter(summed, System.Text.Encoding.UTF8, leaveOpen: true))
            Write(writer);
        Span<byte> sum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(sum, summed.Sum);
        stream.Write(sum);
    }

    /// <summary>Reads an index from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no index, is damaged, or is of a newer version; the message says where.</exception>
    public static ModelIndex Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            ModelIndex index = Load(stream);
            return stream.Position == stream.Length
                ? index
                : throw new InvalidDataException($"The index ends at byte {stream.Position}, but the file has {stream.Length}.");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Reads an index from a stream, which stays open.</summary>
    /// <exception cref="InvalidDataException">It is no index, is damaged, or is of a newer version.</exception>
    public static ModelIndex Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var summed = new SummedStream(stream);
        using var reader = new BinaryReader(summed, System.Text.Encoding.UTF8, leaveOpen: true);
        try
        {
            ModelIndex index = Read(reader);
            Span<byte> sum = stackalloc byte[sizeof(uint)];
            stream.ReadExactly(sum);
            return BinaryPrimitives.ReadUInt32LittleEndian(sum) == summed.Sum
                ? index
                : throw new InvalidDataException("The index is damaged: its CRC-32 is not the one that was written.");
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The index is damaged: {error.Message}", error);
        }
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(FileVersion);
        writer.Write((byte)Metric);
        writer.Write(Dimension);
        writer.Write(Count);
        foreach (string id in _ids)
            writer.Write(id);
        writer.Write(_metadata.Length);
        foreach (MetadataColumn column in _metadata)
            column.Write(writer);
        foreach (float[] chunk in _chunks)
            writer.Write(MemoryMarshal.AsBytes<float>(chunk));
    }

    internal static ModelIndex Read(BinaryReader reader)
    {
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
            throw new InvalidDataException("This is no model index: it does not begin with 'MLMSIDX'.");
        byte version = reader.ReadByte();
        if (version > FileVersion)
            throw new InvalidDataException($"The index was written in format version {version}; this library reads versions up to {FileVersion}. Update MLNetModelSpace.");
        if (version == 0)
            throw new InvalidDataException("The index is of format version 0, which there never was.");
        var metric = (IndexMetric)reader.ReadByte();
        if (!Enum.IsDefined(metric))
            throw new InvalidDataException($"The index is of the unknown metric {(byte)metric}.");
        int dimension = ModelContent.ReadCount(reader, "dimension", 1, MaxDimension);
        int count = ModelContent.ReadCount(reader, "number of models", 1, int.MaxValue);
        var ids = new List<string>();
        for (int i = 0; i < count; i++)
            ids.Add(ModelContent.ReadText(reader, $"id of row {i}"));
        var metadata = new MetadataColumn[ModelContent.ReadCount(reader, "number of metadata columns", 0, MaxMetadataColumns)];
        for (int i = 0; i < metadata.Length; i++)
            metadata[i] = MetadataColumn.Read(reader, count);
        return new ModelIndex(dimension, metric, [.. ids], ReadChunks(reader, dimension, count), metadata);
    }

    private static float[][] ReadChunks(BinaryReader reader, int dimension, int count)
    {
        int rowsPerChunk = RowsPerChunk(dimension);
        var chunks = new List<float[]>();
        for (int row = 0; row < count; row += rowsPerChunk)
        {
            float[] chunk = new float[Math.Min(rowsPerChunk, count - row) * dimension];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(chunk.AsSpan()));
            if (FiniteNumbers.IndexOfOther(chunk) is >= 0 and int place)
                throw new InvalidDataException($"The vector of row {row + (place / dimension)} has {chunk[place]}; expected finite values.");

            chunks.Add(chunk);
        }

        return [.. chunks];
    }
}
