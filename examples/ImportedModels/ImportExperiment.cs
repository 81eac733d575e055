using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.ImportedModels;

/// <summary>Reads a folder, prints what its files are, and compares models of one architecture.</summary>
internal sealed class ImportExperiment(ImportOptions options)
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Report _report = new("What are the models in this folder, and which are alike?", options);
    private readonly IReadOnlyList<FeatureVectors> _families = FeatureVectors.Parse(options.Features);

    /// <summary>Runs, and gives the number of models that were read.</summary>
    public int Run()
    {
        if (options.Models.Length == 0)
            throw new ArgumentException("--models names no folder; expected one with files of models.");
        options.CheckOutputs();
        ModelFolder folder = _ml.ModelSpace().Data.LoadModels(options.Models, new ModelFolder.Options
        {
            NotModels = NotModelHandling.Skip,
            NotFinite = NotFiniteHandling.Skip,
            File = { Buffers = BufferHandling.Keep },
        });
        List<ImportedModel> models = [.. Describe(folder)];
        List<ModelGroup> groups = [.. Compare(folder, models)];
        models.AddRange(folder.Skipped.Select(file => new ImportedModel
        {
            File = Path.GetRelativePath(Path.GetFullPath(options.Models), file.Path).Replace('\\', '/'),
            Format = FormatOf(file.Path),
            Status = ImportedModel.Refused,
            Reason = file.Reason,
        }));
        models.Sort((one, other) => string.CompareOrdinal(one.File, other.File));
        Tell(models, groups);
        if (options.Json is { } json)
            OutputFile.WriteText(json, ImportedModel.ToJson(models));
        _report.Write("imported-models.svg");
        return folder.Count;
    }

    private static IEnumerable<ImportedModel> Describe(ModelFolder folder)
    {
        string[] files = [.. folder.GetColumn<string>(ModelColumns.File)], formats = [.. folder.GetColumn<string>(ModelColumns.Format)];
        string[] architectures = [.. folder.GetColumn<string>(ModelColumns.Architecture)];
        int[] tensors = [.. folder.GetColumn<int>(ModelColumns.Tensors)];
        long[] parameters = [.. folder.GetColumn<long>(ModelColumns.Parameters)], buffers = [.. folder.GetColumn<long>(ModelColumns.Buffers)];
        return files.Select((file, i) => new ImportedModel
        {
            File = file,
            Format = formats[i],
            Status = ImportedModel.Read,
            Architecture = architectures[i],
            Tensors = tensors[i],
            Parameters = parameters[i],
            Buffers = buffers[i],
        });
    }

    /// <summary>What a refused file seems to be, by its first bytes.</summary>
    private static string FormatOf(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file is not { Exists: true, Length: > 0 })
                return "unknown";
            using FileStream stream = file.OpenRead();
            Span<byte> start = stackalloc byte[9];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            return start switch
            {
                [(byte)'P', (byte)'K', 3, 4, ..] => "PyTorch zip",
                [0x80, 2, 0x8A, 0x0A, 0x6C, ..] => "PyTorch legacy",
                [.., (byte)'{'] => "safetensors",
                _ => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? "safetensors" : "unknown",
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    /// <summary>Goes through the layouts: vectors are learned from all models of one.</summary>
    private IEnumerable<ModelGroup> Compare(ModelFolder folder, List<ImportedModel> models)
    {
        string[] layouts = [.. folder.GetColumn<string>(ZooColumns.Layout)];
        foreach (IGrouping<string, int> group in Enumerable.Range(0, models.Count).GroupBy(i => layouts[i]))
        {
            ImportedModel[] alike = [.. group.Select(i => models[i])];
            IDataView view = _ml.ModelSpace().Data.LoadModels(
                alike.Select(model => Path.Combine(options.Models, model.File)), new ModelFolder.Options { File = { Buffers = BufferHandling.Keep } });
            foreach (FeatureVectors family in _families)
            {
                (float[][] rows, string[] slots, string? refusal) = family.Compute(_ml, view);
                for (int i = 0; i < alike.Length; i++)
                {
                    if (refusal is null)
                        alike[i].Add(family.Name, rows[i], slots);
                    else
                        alike[i].Vectors[family.Name] = refusal;
                }
            }

            yield return ModelGroup.Of(_ml, alike, view);
        }
    }

    private void Tell(List<ImportedModel> models, List<ModelGroup> groups)
    {
        var table = new ReportTable(
            $"{models.Count(model => model.Status == ImportedModel.Read)} of {models.Count} files are models",
            new ReportColumn("file", Left: true), new ReportColumn("format", Left: true), new ReportColumn("tensors"), new ReportColumn("parameters"), new ReportColumn("status", Left: true));
        foreach (IGrouping<string, ImportedModel> kind in models.GroupBy(model => model.Architecture ?? $"refused: {Shorten(model)}"))
        {
            table.Section(kind.Key);
            foreach (ImportedModel model in kind)
            {
                bool read = model.Status == ImportedModel.Read;
                table.Row(ModelMap.Cut(model.File, 28), model.Format, read ? Number(model.Tensors) : "", read ? Number(model.Parameters) : "", model.Status);
            }
        }

        _report.Add(table);
        ModelGroup[] several = [.. groups.Where(group => group.Models.Count > 1)];
        foreach (ModelGroup group in several)
        {
            _report.Say(group.Nearest is { } nearest
                ? string.Create(CultureInfo.InvariantCulture, $"Of {group.Models.Count} models that are {group.Architecture}, {group.Models[nearest.One].File} and {group.Models[nearest.Other].File} are nearest by {group.Family}, {nearest.Distance:G4} apart.")
                : $"{group.Models.Count} models are {group.Architecture}; they have no features in common.");
        }

        if (Array.Exists(several, group => group.Nearest is not null))
            _report.AddPicture("map", () => ModelMap.Draw([.. several.Where(group => group.Nearest is not null)]));
    }

    /// <summary>The reason without the path, which stands below it.</summary>
    private static string Shorten(ImportedModel model)
    {
        string reason = model.Reason!;
        int end = reason.StartsWith('\'') ? reason.IndexOf("' ", 1, StringComparison.Ordinal) : -1;
        return end < 0 ? reason : reason[(end + 2)..];
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
