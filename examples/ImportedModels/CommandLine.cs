namespace Examples.ImportedModels;

/// <summary>What the command line asks for.</summary>
internal sealed record ImportOptions : ExampleOptions
{
    public string Models { get; set; } = "";

    public string Features { get; set; } = "";
}

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<ImportOptions, int> run) =>
        new ExampleCommandLine<ImportOptions>("Reads every model in a folder, whoever made it, tells what each is, and which are alike.", trains: false)
            .Add("--models", "Folder with files of models; folders inside it are read too.", o => o.Models, (o, v) => o.Models = v)
            .Add("--features", $"Vectors that each model gets in the JSON, with commas between: {string.Join(", ", FeatureVectors.Names)}.", o => o.Features, (o, v) => o.Features = v)
            .Invoke(args, run);
}
