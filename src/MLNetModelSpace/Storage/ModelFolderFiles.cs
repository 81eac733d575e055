using System.Text.Json;

namespace MLNetModelSpace.Storage;

/// <summary>The files of a folder of models: what is looked at, and what is known to be none before it is opened.</summary>
/// <remarks>
/// Names that begin with a dot (<c>.git</c>, <c>.cache</c>) and files that end in <c>.tmp</c> are no part of it. Links are followed, and each real file and folder is taken once,
/// by the first name that leads to it, so that a link to a folder above ends nothing and doubles nothing. Files of no length are none: pipes and devices have none either, and
/// opening one would wait for ever.
/// </remarks>
internal static class ModelFolderFiles
{
    private const string IndexSuffix = ".index.json";

    /// <summary>The largest index of shards that is looked into.</summary>
    private const long MaxIndexBytes = 1 << 26;

    /// <summary>The files in the order of their names, and those that are left out with the reason.</summary>
    public static (List<string> Files, List<SkippedFile> Skipped) Find(string folder, bool recursive)
    {
        var files = new List<string>();
        var skipped = new List<SkippedFile>();
        Walk(new DirectoryInfo(folder), recursive, [], files, skipped);
        files.Sort(StringComparer.Ordinal);
        RemoveShards(files, skipped);
        return (files, skipped);
    }

    /// <summary>Why a file cannot be a model, seen without opening it; null where nothing speaks against it.</summary>
    public static string? WhyNone(string path)
    {
        try
        {
            var file = new FileInfo(path);
            FileSystemInfo? target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true);
            return target is not FileInfo { Exists: true } real ? $"'{path}' is not there, or a link to nothing."
                : real.Length == 0 ? $"'{path}' is empty, or no regular file."
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"'{path}' cannot be read: {error.Message}";
        }
    }

    private static void Walk(DirectoryInfo folder, bool recursive, HashSet<string> seen, List<string> files, List<SkippedFile> skipped)
    {
        if (!seen.Add(RealPath(folder)))
            return;
        FileSystemInfo[] entries;
        try
        {
            entries = folder.GetFileSystemInfos();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            skipped.Add(new SkippedFile(folder.FullName, $"'{folder.FullName}' cannot be read: {error.Message}"));
            return;
        }

        // Real folders before links, so that what lies in the folder itself keeps its own name.
        foreach (FileSystemInfo entry in entries.OrderBy(entry => entry.LinkTarget is not null).ThenBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry.Name.StartsWith('.') || entry.Name.EndsWith(PendingFile.TemporarySuffix, StringComparison.Ordinal))
                continue;
            if (entry is DirectoryInfo inner)
            {
                if (recursive)
                    Walk(inner, recursive, seen, files, skipped);
            }
            else if (WhyNone(entry.FullName) is { } reason)
            {
                skipped.Add(new SkippedFile(entry.FullName, reason));
            }
            else if (seen.Add(RealPath(entry)))
            {
                files.Add(entry.FullName);
            }
        }
    }

    private static string RealPath(FileSystemInfo entry)
    {
        try
        {
            return entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName;
        }
        catch (IOException)
        {
            return entry.FullName;
        }
    }

    /// <summary>A model in several files, with an index beside them: none of them is a model alone.</summary>
    private static void RemoveShards(List<string> files, List<SkippedFile> skipped)
    {
        foreach (string index in files.Where(file => file.EndsWith(IndexSuffix, StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            HashSet<string> shards = ShardsOf(index);
            if (shards.Count == 0)
                continue;
            files.Remove(index);
            skipped.Add(new SkippedFile(index, $"'{index}' lists the {shards.Count} files of one model, which are read as one file only: join them before."));
            foreach (string shard in files.Where(shards.Contains).ToArray())
            {
                files.Remove(shard);
                skipped.Add(new SkippedFile(shard, $"'{shard}' is one of the {shards.Count} files of a model that '{Path.GetFileName(index)}' lists; a part of a model is none."));
            }
        }
    }

    private static HashSet<string> ShardsOf(string index)
    {
        var shards = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(index).Length > MaxIndexBytes)
                return shards;
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("weight_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty tensor in map.EnumerateObject().Where(tensor => tensor.Value.ValueKind == JsonValueKind.String))
                    shards.Add(Path.GetFullPath(tensor.Value.GetString()!, Path.GetDirectoryName(index)!));
            }
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // No index: it is refused for what it is when it is opened.
        }

        return shards;
    }
}
