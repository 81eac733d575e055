// Compiled by MSBuild when the target beside this file runs; no part of the library.
using System;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes a copy of an assembly in which what is internal is public, for the compiler to read: only the access bits of types, fields and methods differ.
/// The layout followed is that of ECMA-335, part II, chapters 24 and 25.
/// </summary>
public class ModelSpacePublicize : Task
{
    private const int TypeDef = 2, Field = 4, MethodDef = 6;

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        byte[] content = File.ReadAllBytes(Source);
        Publicize(content);
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        File.WriteAllBytes(Destination, content);
        return true;
    }

    private static void Publicize(byte[] file)
    {
        int metadata = FindMetadata(file);
        int tables = FindStream(file, metadata, "#~");
        int heapSizes = file[tables + 6];
        ulong present = BitConverter.ToUInt64(file, tables + 8);
        int at = tables + 24;
        int[] rows = new int[64];
        for (int table = 0; table < rows.Length; table++)
        {
            if ((present >> table & 1) == 0)
                continue;
            rows[table] = BitConverter.ToInt32(file, at);
            at += 4;
        }

        int text = (heapSizes & 1) != 0 ? 4 : 2, guid = (heapSizes & 2) != 0 ? 4 : 2, blob = (heapSizes & 4) != 0 ? 4 : 2;
        int Index(int tagBits, params int[] targets) => targets.Max(target => rows[target]) < 1 << (16 - tagBits) ? 2 : 4;
        int[] sizes =
        {
            2 + text + (3 * guid),                                          // Module
            Index(2, 0, 0x1A, 0x23, 1) + (2 * text),                        // TypeRef
            4 + (2 * text) + Index(2, 2, 1, 0x1B) + Index(0, 4) + Index(0, 6), // TypeDef
            Index(0, 4),                                                    // FieldPtr
            2 + text + blob,                                                // Field
            Index(0, 6),                                                    // MethodPtr
            8 + text + blob + Index(0, 8),                                  // MethodDef
        };
        for (int table = 0; table < sizes.Length; at += rows[table] * sizes[table], table++)
        {
            for (int row = 0; row < rows[table]; row++)
            {
                int flags = at + (row * sizes[table]);
                if (table == TypeDef)
                    file[flags] = (byte)(file[flags] & ~7 | PublicType(file[flags] & 7));
                else if (table == Field)
                    file[flags] = (byte)(file[flags] & ~7 | PublicMember(file[flags] & 7));
                else if (table == MethodDef)
                    file[flags + 6] = (byte)(file[flags + 6] & ~7 | PublicMember(file[flags + 6] & 7));
            }
        }
    }

    /// <summary>NotPublic becomes Public, NestedAssembly becomes NestedPublic.</summary>
    private static int PublicType(int access) => access == 0 ? 1 : access == 5 ? 2 : access;

    /// <summary>Assembly becomes Public. Protected members stay, or overrides of them would no longer match.</summary>
    private static int PublicMember(int access) => access == 3 ? 6 : access;

    /// <summary>The offset of the metadata root: behind the CLI header, which the optional header's directory 14 names.</summary>
    private static int FindMetadata(byte[] file)
    {
        int coff = BitConverter.ToInt32(file, 0x3C) + 4, optional = coff + 20;
        bool wide = BitConverter.ToUInt16(file, optional) == 0x20B;
        int directories = optional + (wide ? 112 : 96);
        int sections = optional + BitConverter.ToUInt16(file, coff + 16), count = BitConverter.ToUInt16(file, coff + 2);
        int Offset(int address)
        {
            for (int section = sections; section < sections + (40 * count); section += 40)
            {
                int start = BitConverter.ToInt32(file, section + 12), length = BitConverter.ToInt32(file, section + 16);
                if (address >= start && address < start + length)
                    return address - start + BitConverter.ToInt32(file, section + 20);
            }

            throw new InvalidDataException("An address lies in no section.");
        }

        int header = Offset(BitConverter.ToInt32(file, directories + (14 * 8)));
        return Offset(BitConverter.ToInt32(file, header + 8));
    }

    private static int FindStream(byte[] file, int metadata, string name)
    {
        int at = metadata + 16 + BitConverter.ToInt32(file, metadata + 12);
        int count = BitConverter.ToUInt16(file, at + 2);
        at += 4;
        for (int i = 0; i < count; i++)
        {
            int end = Array.IndexOf(file, (byte)0, at + 8);
            string found = System.Text.Encoding.ASCII.GetString(file, at + 8, end - at - 8);
            if (found == name)
                return metadata + BitConverter.ToInt32(file, at);
            at += 8 + ((found.Length + 4) & ~3);
        }

        throw new InvalidDataException("There is no stream '" + name + "'.");
    }
}
