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
/// Copies ELF files with the requirement of one version of libstdc++ made weak: the loader then goes on where the version is missing.
/// A file that does not ask for the version is copied as it is; one that cannot be read is not copied.
/// </summary>
public class ModelSpaceRelaxGlibcxx : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const ushort Weak = 0x2; // VER_FLG_WEAK
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed

    /// <summary>What is copied; the metadata ModelSpaceCopy says to where, ModelSpaceDestination where the copy will be copied by the build.</summary>
    [Required]
    public ITaskItem[] Files { get; set; }

    /// <summary>The libstdc++.so.6 that tells whether a file left alone will load; empty for the system's.</summary>
    public string HostLibrary { get; set; }

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
        var places = new HashSet<string>();
        foreach (ITaskItem file in Files)
        {
            string path = file.GetMetadata("FullPath");
            string copy = file.GetMetadata("ModelSpaceCopy");
            try
            {
                byte[] content = File.ReadAllBytes(path);
                int flags = FindFlags(content);
                if (flags >= 0)
                    content[flags] |= (byte)Weak;
                Write(copy, content, File.GetLastWriteTimeUtc(path));
                Forget(file.GetMetadata("ModelSpaceDestination"), content);
            }
            catch (Exception error) when (error is IOException || error is InvalidDataException || error is UnauthorizedAccessException)
            {
                Tell(path, error.Message.TrimEnd('.'));
                continue;
            }

            originals.Add(file);
            // The original and its copy of an earlier step come out the same.
            if (places.Add(copy))
                relaxed.Add(new TaskItem(file) { ItemSpec = Escape(copy) });
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
        try
        {
            File.WriteAllBytes(pending, content);
            // The original's: what compares times and lengths does not copy it again.
            File.SetLastWriteTimeUtc(pending, time);
            if (File.Exists(path))
                File.Replace(pending, path, null);
            else
                File.Move(pending, path);
        }
        finally
        {
            File.Delete(pending);
        }
    }

    /// <summary>Times and lengths do not tell the copy from the original, which an earlier build may have put where the copy is to go.</summary>
    private static void Forget(string destination, byte[] content)
    {
        if (destination.Length > 0 && File.Exists(destination) && !File.ReadAllBytes(destination).SequenceEqual(content))
            File.Delete(destination);
    }

    /// <summary>An item's name is read with escapes; a path has none.</summary>
    private static string Escape(string path)
    {
        var escaped = new StringBuilder();
        foreach (char c in path)
            escaped.Append("%*?@$();'".IndexOf(c) < 0 ? c.ToString() : "%" + ((int)c).ToString("x2"));
        return escaped.ToString();
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

    private bool HostLacksVersion()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            return false;
        string[] places = string.IsNullOrEmpty(HostLibrary)
            ? new[] { "/usr/lib/x86_64-linux-gnu/", "/usr/lib64/", "/lib/x86_64-linux-gnu/", "/lib64/", "/usr/lib/" }.Select(folder => folder + "libstdc++.so.6").ToArray()
            : new[] { HostLibrary };
        string library = places.FirstOrDefault(File.Exists);
        // Every version that a library defines stands in its table of names.
        return library != null && Encoding.ASCII.GetString(File.ReadAllBytes(library)).IndexOf(Version + "\0", StringComparison.Ordinal) < 0;
    }
}
