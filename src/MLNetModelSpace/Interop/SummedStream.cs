using System.IO.Hashing;

namespace MLNetModelSpace.Interop;

/// <summary>Passes on what is read or written and sums it. The inner stream stays open.</summary>
internal sealed class SummedStream(Stream inner) : Stream
{
    private readonly Crc32 _sum = new();

    /// <summary>The CRC-32 of what has passed.</summary>
    public uint Sum => _sum.GetCurrentHashAsUInt32();

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = inner.Read(buffer);
        _sum.Append(buffer[..count]);
        return count;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        _sum.Append(buffer);
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
