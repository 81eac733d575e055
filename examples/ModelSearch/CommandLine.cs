using System.CommandLine;

namespace Examples.ModelSearch;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<SearchOptions, int> run)
    {
        var usual = new SearchOptions();
        Option<string> dataset = Option("--dataset", "fashion-mnist or cifar10.", usual.Dataset);
        Option<string?> data = Option<string?>("--data", "Folder with the dataset's files. Default: the embedded Fashion-MNIST test images.", null);
        Option<int> models = Option("--models", "Models in the zoo.", usual.Models);
        Option<double> concentration = Option("--concentration", "Of the Dirichlet distribution that shares are drawn from.", usual.Concentration);
        Option<int> images = Option("--images", "Images each model is trained on, and each query has.", usual.Images);
        Option<int> epochs = Option("--epochs", "Passes over them.", usual.Epochs);
        Option<int> batch = Option("--batch", "Images a step.", usual.Batch);
        Option<double> learningRate = Option("--learning-rate", "Adam's step size.", usual.LearningRate);
        Option<int> hidden = Option("--hidden", "Hidden units of the linear autoencoder.", usual.Hidden);
        Option<int> queries = Option("--queries", "Mixtures of unseen images that are searched for.", usual.Queries);
        Option<int> top = Option("--top", "Models that are printed for the first query.", usual.Top);
        Option<int> seed = Option("--seed", "Seed of everything.", usual.Seed);
        Option<int?> threads = Option<int?>("--threads", "Models trained at once. Default: one a core.", null);
        Option<string?> zoo = Option<string?>("--zoo", "Directory that keeps the trained models; a second run goes on from there.", null);
        Option<string?> json = Option<string?>("--json", "Where the queries' errors are written as JSON. Default: nowhere.", null);
        var command = new RootCommand("Builds a zoo over all classes, indexes it, and finds the models that fit unseen images.")
        {
            dataset, data, models, concentration, images, epochs, batch, learningRate, hidden, queries, top, seed, threads, zoo, json,
        };
        command.SetAction(parsed => run(new SearchOptions
        {
            Dataset = parsed.GetValue(dataset)!,
            Data = parsed.GetValue(data),
            Models = parsed.GetValue(models),
            Concentration = parsed.GetValue(concentration),
            Images = parsed.GetValue(images),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            Hidden = parsed.GetValue(hidden),
            Queries = parsed.GetValue(queries),
            Top = parsed.GetValue(top),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
            Zoo = parsed.GetValue(zoo),
            Json = parsed.GetValue(json),
        }));
        return ExampleCommand.Invoke(command, args);
    }

    private static Option<T> Option<T>(string name, string description, T usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };
}
