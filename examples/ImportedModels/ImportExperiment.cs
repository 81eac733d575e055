using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using Spectre.Console;

namespace Examples.ImportedModels;

/// <summary>Reads a folder, prints what its files are, and compares models of one architecture.</summary>
internal sealed class ImportExperiment(ImportOptions options)
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>Runs, and gives the number of models that were read.</summary>
    public int Run()
    {
        OutputFile.Check(options.Json);
        ModelFolder folder = _ml.ModelSpace().LoadModelsFromFolder(options.Models, new ModelFolderOptions
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
        Print(models, groups);
        if (options.Json is { } json)
            OutputFile.WriteText(json, ImportedModel.ToJson(models));
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
            IDataView view = _ml.ModelSpace().LoadModelsFromFiles(
                alike.Select(model => Path.Combine(options.Models, model.File)), new ModelFolderOptions { File = { Buffers = BufferHandling.Keep } });
            foreach (FeatureVectors family in options.Features)
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

    private static void Print(List<ImportedModel> models, List<ModelGroup> groups)
    {
        var table = new Table().Title($"{models.Count(model => model.Status == ImportedModel.Read)} of {models.Count} files are models");
        table.AddColumns("file", "format", "what it is", "tensors", "parameters", "status", "reason");
        foreach (ImportedModel model in models)
        {
            bool read = model.Status == ImportedModel.Read;
            table.AddRow([.. new[]
            {
                model.File, model.Format, model.Architecture ?? "", read ? Number(model.Tensors) : "", read ? Number(model.Parameters) : "", model.Status, model.Reason ?? "",
            }.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
        foreach (ModelGroup group in groups.Where(group => group.Models.Count > 1))
        {
            Console.WriteLine();
            Console.WriteLine($"{group.Models.Count} models are {group.Architecture}{(group.Family.Length > 0 ? $"; by {group.Family}, principal components:" : "; they have no features in common.")}");
            for (int i = 0; group.Family.Length > 0 && i < group.Models.Count; i++)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {group.Points[i].X,10:G4} {group.Points[i].Y,10:G4}  {group.Models[i].File}"));
            if (group.Nearest is { } nearest)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  Nearest: {group.Models[nearest.One].File} and {group.Models[nearest.Other].File}, {nearest.Distance:G4} apart."));
        }

        static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }
}
