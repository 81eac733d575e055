using System.Buffers.Binary;
using System.Text;

namespace MLNetModelSpace.Tests.Storage;

/// <summary>Puts safetensors files together by hand, right ones and wrong ones.</summary>
internal static class Safetensors
{
    public static byte[] Assemble(string header, byte[] data) => Assemble(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Assemble(byte[] header, byte[] data, ulong? length = null)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }

    /// <summary>A small file with two tensors and metadata.</summary>
    public static byte[] Sample() => Assemble(
        """{"__metadata__":{"modelspace.seed":"3"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]}} """,
        [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0x3C, 0, 0x40]);
}
