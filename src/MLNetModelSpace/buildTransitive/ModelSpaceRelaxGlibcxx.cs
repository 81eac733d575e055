// Compiled by MSBuild when the target beside this file runs; no part of the library.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies ELF files into a folder with the requirement of one version of libstdc++ made weak: the loader then goes on where the version is missing.
/// A file that does not ask for the version stays where it is.
/// </summary>
public class ModelSpaceRelaxGlibcxx : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const ushort Weak = 0x2; // VER_FLG_WEAK
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed

    [Required]
    public ITaskItem[] Files { get; set; }

    /// <summary>Where copies are written, each in a folder called like its runtime.</summary>
    [Required]
    public string Folder { get; set; }

    /// <summary>The files that have a copy.</summary>
    [Output]
    public ITaskItem[] Originals { get; set; }

    /// <summary>The copies, with the originals' metadata.</summary>
    [Output]
    public ITaskItem[] Relaxed { get; set; }

    public override bool Execute()
    {
        var originals = new List<ITaskItem>();
        var relaxed = new List<ITaskItem>();
        foreach (ITaskItem file in Files)
        {
            string path = file.GetMetadata("FullPath");
            // A copy of an earlier run is what this run would make of its original.
            if (!File.Exists(path) || path.StartsWith(Path.GetFullPath(Folder), StringComparison.Ordinal))
                continue;
            byte[] content = File.ReadAllBytes(path);
            int flags;
            try
            {
                flags = FindFlags(content);
            }
            catch (InvalidDataException error)
            {
                Tell(path, error.Message);
                continue;
            }

            if (flags < 0)
                continue;
            content[flags] |= (byte)Weak;
            string runtime = new DirectoryInfo(path).Parent.Parent.Name;
            string copy = Path.Combine(Path.GetFullPath(Folder), "glibcxx", runtime, Path.GetFileName(path));
            Write(copy, content, File.GetLastWriteTimeUtc(path));
            originals.Add(file);
            relaxed.Add(new TaskItem(file) { ItemSpec = copy });
        }

        Originals = originals.ToArray();
        Relaxed = relaxed.ToArray();
        return true;
    }

    /// <summary>The place of the byte with the flags of the version's requirement; -1 where it is not asked for, or weak already.</summary>
    private static int FindFlags(byte[] elf)
    {
        // ELF, 64 bits, little-endian.
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
            throw new InvalidDataException("it is no 64-bit little-endian ELF file");
        long sections = (long)BitConverter.ToUInt64(elf, 0x28);
        int size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        if (size != 64)
            throw new InvalidDataException("its section headers have " + size + " bytes; expected 64");
        bool found = false;
        for (int i = 0; i < count; i++)
        {
            int section = Place(elf, sections + ((long)i * size), size);
            if (BitConverter.ToUInt32(elf, section + 4) != VersionNeeds)
                continue;
            found = true;
            int names = Place(elf, sections + ((long)BitConverter.ToUInt32(elf, section + 0x28) * size), size);
            long text = (long)BitConverter.ToUInt64(elf, names + 0x18);
            long need = (long)BitConverter.ToUInt64(elf, section + 0x18);
            uint needs = BitConverter.ToUInt32(elf, section + 0x2c);
            for (uint n = 0; n < needs; n++)
            {
                int at = Place(elf, need, 16);
                long version = need + BitConverter.ToUInt32(elf, at + 8);
                for (int v = BitConverter.ToUInt16(elf, at + 2); v > 0; v--)
                {
                    int entry = Place(elf, version, 16);
                    if (Text(elf, text + BitConverter.ToUInt32(elf, entry + 8)) == Version)
                        return (elf[entry + 4] & Weak) == 0 ? entry + 4 : -1;
                    version += BitConverter.ToUInt32(elf, entry + 12);
                }

                need += BitConverter.ToUInt32(elf, at + 12);
            }
        }

        return found ? -1 : throw new InvalidDataException("it has no section of required versions");
    }

    private static int Place(byte[] elf, long offset, int length) =>
        offset >= 0 && offset <= elf.Length - length
            ? (int)offset
            : throw new InvalidDataException("it points to byte " + offset + " of " + elf.Length);

    private static string Text(byte[] elf, long offset)
    {
        int start = Place(elf, offset, 1);
        int end = Array.IndexOf(elf, (byte)0, start);
        return end < 0 ? throw new InvalidDataException("a name at byte " + offset + " has no end") : Encoding.ASCII.GetString(elf, start, end - start);
    }

    /// <summary>Whole or not at all, as a new file: one that stood there may be a link to something else.</summary>
    private static void Write(string path, byte[] content, DateTime time)
    {
        if (File.Exists(path) && File.GetLastWriteTimeUtc(path) == time && File.ReadAllBytes(path).SequenceEqual(content))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        string pending = path + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(pending, content);
        // The original's: what compares times and lengths does not copy it again.
        File.SetLastWriteTimeUtc(pending, time);
        if (File.Exists(path))
            File.Delete(path);
        File.Move(pending, path);
    }

    /// <summary>A warning where the file would not load, and a line in the log elsewhere.</summary>
    private void Tell(string path, string problem)
    {
        string text = "'" + path + "' was left as it is: " + problem + ".";
        if (HostLacksVersion())
            Log.LogWarning(null, "MSPACE001", null, null, 0, 0, 0, 0, text + " The libstdc++ of this system lacks " + Version + ", which TorchSharp's library may ask for.");
        else
            Log.LogMessage(MessageImportance.Normal, text);
    }

    private static bool HostLacksVersion()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            return false;
        foreach (string folder in new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/lib/x86_64-linux-gnu", "/lib64", "/usr/lib" })
        {
            string library = Path.Combine(folder, "libstdc++.so.6");
            if (File.Exists(library))
                return Encoding.ASCII.GetString(File.ReadAllBytes(library)).IndexOf(Version + "\0", StringComparison.Ordinal) < 0;
        }

        return false;
    }
}
