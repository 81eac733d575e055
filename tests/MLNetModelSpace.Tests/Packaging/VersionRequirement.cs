using System.Buffers.Binary;
using System.Text;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>A symbol version that an ELF file asks for, read as the loader reads it: by the dynamic segment, not by sections.</summary>
internal sealed record VersionRequirement(string Version, bool Weak)
{
    public static List<VersionRequirement> Read(byte[] elf)
    {
        // Program headers: (type, file offset, address, size in the file).
        (uint Type, ulong Offset, ulong Address, ulong Size)[] segments =
        [
            .. Enumerable.Range(0, U16(elf, 0x38)).Select(i => (int)U64(elf, 0x20) + (i * U16(elf, 0x36)))
                .Select(at => (U32(elf, at), U64(elf, at + 8), U64(elf, at + 16), U64(elf, at + 32))),
        ];
        int Place(ulong address)
        {
            (uint _, ulong offset, ulong start, ulong _) = segments.Single(s => s.Type == 1 && address >= s.Address && address < s.Address + s.Size);
            return (int)(address - start + offset);
        }

        var dynamic = new Dictionary<ulong, ulong>();
        for (int at = (int)segments.Single(s => s.Type == 2).Offset; U64(elf, at) != 0; at += 16)
            dynamic[U64(elf, at)] = U64(elf, at + 8);
        (int names, int need) = (Place(dynamic[5]), Place(dynamic[0x6ffffffe]));
        var found = new List<VersionRequirement>();
        for (ulong file = dynamic[0x6fffffff]; file > 0; file--)
        {
            int version = need + (int)U32(elf, need + 8);
            for (int left = U16(elf, need + 2); left > 0; left--)
            {
                int name = names + (int)U32(elf, version + 8);
                found.Add(new(Encoding.ASCII.GetString(elf, name, Array.IndexOf(elf, (byte)0, name) - name), (U16(elf, version + 4) & 2) != 0));
                version += (int)U32(elf, version + 12);
            }

            need += (int)U32(elf, need + 12);
        }

        return found;
    }

    private static ushort U16(byte[] elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(at));

    private static uint U32(byte[] elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at));

    private static ulong U64(byte[] elf, int at) => BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(at));
}
