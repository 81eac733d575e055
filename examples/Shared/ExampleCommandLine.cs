using System.CommandLine;
using System.Globalization;

namespace Examples;

/// <summary>The command line of an example: its own options, then those that every example has.</summary>
/// <typeparam name="TOptions">What is read from it; a new one holds the defaults.</typeparam>
/// <param name="description">What the example does.</param>
/// <param name="trains">Whether it trains models, and has the options of training.</param>
internal sealed class ExampleCommandLine<TOptions>(string description, bool trains = true)
    where TOptions : ExampleOptions, new()
{
    private readonly RootCommand _command = new(description);
    private readonly List<Action<ParseResult, TOptions>> _readers = [];
    private readonly TOptions _usual = new();

    /// <summary>Adds an option with its default.</summary>
    public ExampleCommandLine<TOptions> Add<T>(string name, string description, Func<TOptions, T> usual, Action<TOptions, T> set)
    {
        var option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => usual(_usual) };
        _command.Add(option);
        _readers.Add((parsed, options) => set(options, parsed.GetValue(option)!));
        return this;
    }

    /// <summary>Parses and runs; arguments that do not parse are bad input, told in one line.</summary>
    public int Invoke(string[] args, Func<TOptions, int> run)
    {
        // What is typed and what is told is the same in every country: where a half is 0,5, the parser would take 0.5 for 5.
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        if (trains)
            AddTraining();
        AddOutputs();
        _command.SetAction(parsed =>
        {
            var options = new TOptions { Command = $"dotnet run -c Release --project examples/{typeof(TOptions).Assembly.GetName().Name}{Quote(args)}" };
            foreach (Action<ParseResult, TOptions> read in _readers)
                read(parsed, options);
            return run(options);
        });
        ParseResult result = _command.Parse(args);
        if (result.Errors.Count > 0)
        {
            Console.Error.WriteLine(result.Errors[0].Message.ReplaceLineEndings(" "));
            return ExampleHost.BadInput;
        }

        // Ctrl+C is the host's: it cancels training and keeps what is done.
        return result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private void AddTraining() =>
        Add("--dataset", "fashion-mnist or cifar10.", o => o.Dataset, (o, v) => o.Dataset = v)
            .Add("--data", "Folder with the dataset's files. Default: the embedded Fashion-MNIST test images.", o => o.Data, (o, v) => o.Data = v)
            .Add("--images", "Images each model is trained on.", o => o.Images, (o, v) => o.Images = v)
            .Add("--epochs", "Passes over them.", o => o.Epochs, (o, v) => o.Epochs = v)
            .Add("--batch", "Images a step.", o => o.Batch, (o, v) => o.Batch = v)
            .Add("--learning-rate", "Adam's step size.", o => o.LearningRate, (o, v) => o.LearningRate = v)
            .Add("--hidden", "Hidden units of linear autoencoders, and latents of variational ones.", o => o.Hidden, (o, v) => o.Hidden = v)
            .Add("--seed", "Seed of everything.", o => o.Seed, (o, v) => o.Seed = v)
            .Add("--threads", "Models trained at once. Default: one a core.", o => o.Threads, (o, v) => o.Threads = v)
            .Add("--zoo", "Directory that keeps the trained models; a second run goes on from there.", o => o.Zoo, (o, v) => o.Zoo = v);

    private void AddOutputs() =>
        Add("--json", "Where the results are written as JSON. Default: nowhere.", o => o.Json, (o, v) => o.Json = v)
            .Add("--svg", "Where the picture is drawn, further ones beside it. Default: a file in the temporary folder.", o => o.Svg, (o, v) => o.Svg = v)
            .Add("--png", "The same as PNG files. Default: nowhere.", o => o.Png, (o, v) => o.Png = v)
            .Add("--html", "One page with the tables, the pictures and how they were made. Default: nowhere.", o => o.Html, (o, v) => o.Html = v);

    /// <summary>The arguments as a shell takes them.</summary>
    private static string Quote(string[] args) => args.Length == 0 ? "" : " -- " + string.Join(' ', args.Select(argument =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./,:=+@%".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'"));
}
