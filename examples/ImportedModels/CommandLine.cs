using System.CommandLine;

namespace Examples.ImportedModels;

/// <summary>What the command line asks for.</summary>
/// <param name="Models">The folder.</param>
/// <param name="Features">Families of features that each model gets a vector of.</param>
/// <param name="Json">Where results are written as JSON; null for nowhere.</param>
internal sealed record ImportOptions(string Models, IReadOnlyList<FeatureVectors> Features, string? Json);

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    /// <summary>Runs: 0 when a model was read, 2 when none was or the input is bad.</summary>
    public static int Invoke(string[] args)
    {
        var models = new Option<string>("--models") { Description = "Folder with files of models; folders inside it are read too.", Required = true };
        var features = new Option<string>("--features") { Description = $"Vectors that each model gets, with commas between: {string.Join(", ", FeatureVectors.Names)}.", DefaultValueFactory = _ => "" };
        var json = new Option<string?>("--json") { Description = "Where the results are written as JSON. Default: nowhere." };
        var command = new RootCommand("Reads every model in a folder, tells what each is, and which are alike.") { models, features, json };
        int read = 0;
        command.SetAction(parsed => ExampleHost.Run(_ =>
            read = new ImportExperiment(new ImportOptions(parsed.GetValue(models)!, FeatureVectors.Parse(parsed.GetValue(features)!), parsed.GetValue(json))).Run()));
        ParseResult result = command.Parse(args);
        if (result.Errors.Count > 0)
        {
            Console.Error.WriteLine(result.Errors[0].Message.ReplaceLineEndings(" "));
            return ExampleHost.BadInput;
        }

        int code = result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        bool asked = args.Length > 0 && !args.Any(argument => argument is "--help" or "-h" or "-?" or "--version");
        return code == 0 && asked && read == 0 ? ExampleHost.BadInput : code;
    }
}
