using System.CommandLine;

namespace Examples.InformationLoss;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<LossOptions, int> run)
    {
        var usual = new LossOptions();
        Option<string> dataset = Option("--dataset", "fashion-mnist or cifar10.", usual.Dataset);
        Option<string?> data = Option<string?>("--data", "Folder with the dataset's files. Default: the embedded Fashion-MNIST test images.", null);
        Option<string> classes = Option("--classes", "Two classes, by name or number: A,B.", usual.Classes);
        Option<string> architecture = Option("--architecture", $"{string.Join(", ", Zoos.Names)} or all.", usual.Architecture);
        Option<int> models = Option("--models", "Models per class in each half of the images.", usual.Models);
        Option<int> images = Option("--images", "Images each model is trained on.", usual.Images);
        Option<int> epochs = Option("--epochs", "Passes over them.", usual.Epochs);
        Option<int> batch = Option("--batch", "Images a step.", usual.Batch);
        Option<double> learningRate = Option("--learning-rate", "Adam's step size.", usual.LearningRate);
        Option<int> hidden = Option("--hidden", "Hidden units of the linear autoencoder, and latents of the variational ones.", usual.Hidden);
        Option<int> seed = Option("--seed", "Seed of everything.", usual.Seed);
        Option<int?> threads = Option<int?>("--threads", "Models trained at once. Default: one a core.", null);
        Option<string?> zoo = Option<string?>("--zoo", "Directory that keeps the trained models; a second run goes on from there.", null);
        Option<string?> svg = Option<string?>("--svg", "Where the picture is drawn. Default: a file in the temporary folder.", null);
        Option<string?> json = Option<string?>("--json", "Where the results are written as JSON. Default: nowhere.", null);
        var command = new RootCommand("Measures how much autoencoders' weights, their vectorizations and predictions know of the class that was trained on.")
        {
            dataset, data, classes, architecture, models, images, epochs, batch, learningRate, hidden, seed, threads, zoo, svg, json,
        };
        command.SetAction(parsed => run(new LossOptions
        {
            Dataset = parsed.GetValue(dataset)!,
            Data = parsed.GetValue(data),
            Classes = parsed.GetValue(classes)!,
            Architecture = parsed.GetValue(architecture)!,
            Models = parsed.GetValue(models),
            Images = parsed.GetValue(images),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            Hidden = parsed.GetValue(hidden),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
            Zoo = parsed.GetValue(zoo),
            Svg = parsed.GetValue(svg),
            Json = parsed.GetValue(json),
        }));
        return ExampleCommand.Invoke(command, args);
    }

    private static Option<T> Option<T>(string name, string description, T usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };
}
