using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MLNetModelSpace.Storage;

/// <summary>Where the bytes of a safetensors file come from. Reads are positioned and safe on several threads.</summary>
internal abstract class SafetensorsSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>Fills the span from that position; the caller stays within <see cref="Length"/>.</summary>
    public abstract void Read(long position, Span<byte> destination);

    /// <summary>The bytes where they lie, for sources that have them in memory.</summary>
    public virtual ReadOnlySpan<byte> Peek(long position, int count) =>
        throw new InvalidOperationException("The file was opened for reading, not mapped into memory: open it by OpenMapped.");

    public abstract void Dispose();

    public static SafetensorsSource FromFile(string path, bool mapped)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.None);
        try
        {
            long length = RandomAccess.GetLength(handle);
            // An empty file cannot be mapped; its error comes from the header's reader.
            if (!mapped || length == 0)
                return new FileSource(handle, length, path);
            return new MappedSource(new FileStream(handle, FileAccess.Read, bufferSize: 0), length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static SafetensorsSource FromMemory(ReadOnlyMemory<byte> bytes) => new MemorySource(bytes);

    private sealed class FileSource(SafeFileHandle handle, long length, string path) : SafetensorsSource
    {
        public override long Length => length;

        public override void Read(long position, Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                int count = RandomAccess.Read(handle, destination, position);
                if (count == 0)
                    throw new InvalidDataException($"'{path}' became shorter while it was read: it ends at {position} of {length} bytes.");
                destination = destination[count..];
                position += count;
            }
        }

        public override void Dispose() => handle.Dispose();
    }

    private sealed class MemorySource(ReadOnlyMemory<byte> bytes) : SafetensorsSource
    {
        public override long Length => bytes.Length;

        public override void Read(long position, Span<byte> destination) =>
            bytes.Span.Slice((int)position, destination.Length).CopyTo(destination);

        public override ReadOnlySpan<byte> Peek(long position, int count) => bytes.Span.Slice((int)position, count);

        public override void Dispose()
        {
        }
    }

    private sealed unsafe class MappedSource : SafetensorsSource
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _start;
        private int _disposed;

        public MappedSource(FileStream stream, long length)
        {
            Length = length;
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _start = start + _view.PointerOffset;
        }

        public override long Length { get; }

        public override void Read(long position, Span<byte> destination) => Peek(position, destination.Length).CopyTo(destination);

        public override ReadOnlySpan<byte> Peek(long position, int count)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(SafetensorsFile));
            return new ReadOnlySpan<byte>(_start + position, count);
        }

        public override void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
                return;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
