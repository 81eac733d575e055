using System.CommandLine;

namespace Examples.OriginClassification;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<OriginOptions, int> run)
    {
        var usual = new OriginOptions();
        Option<string> dataset = Option("--dataset", "fashion-mnist or cifar10.", usual.Dataset);
        Option<string?> data = Option<string?>("--data", "Folder with the dataset's files. Default: the embedded Fashion-MNIST test images.", null);
        Option<string> classes = Option("--classes", "Two classes, by name or number: A,B.", usual.Classes);
        Option<bool> allPairs = Option("--all-pairs", "Every pair of the dataset's classes.", false);
        Option<string> architecture = Option("--architecture", "linear, conv, conv-overcomplete or all.", usual.Architecture);
        Option<string> vectorization = Option("--vectorization", $"{string.Join(", ", Vectorizations.Names)}: the paper's two, or every one.", usual.Vectorization);
        Option<int> models = Option("--models", "Models per class, for training and again for test.", usual.Models);
        Option<int> images = Option("--images", "Images each model is trained on.", usual.Images);
        Option<int> epochs = Option("--epochs", "Passes over them.", usual.Epochs);
        Option<int> batch = Option("--batch", "Images a step.", usual.Batch);
        Option<double> learningRate = Option("--learning-rate", "Adam's step size.", usual.LearningRate);
        Option<int> hidden = Option("--hidden", "Hidden units of the linear autoencoder.", usual.Hidden);
        Option<int> seed = Option("--seed", "Seed of everything.", usual.Seed);
        Option<int?> threads = Option<int?>("--threads", "Models trained at once. Default: one a core.", null);
        Option<string?> zoo = Option<string?>("--zoo", "Directory that keeps the trained models; a second run goes on from there.", null);
        Option<string?> model = Option<string?>("--model", "Where the best pipeline is saved. Default: a file in the temporary folder.", null);
        Option<string?> svg = Option<string?>("--svg", "Where the picture is drawn. Default: a file in the temporary folder.", null);
        Option<string?> json = Option<string?>("--json", "Where the results are written as JSON. Default: nowhere.", null);
        var command = new RootCommand("Tells from an autoencoder's weights which class of images it was trained on, by ML.NET.")
        {
            dataset, data, classes, allPairs, architecture, vectorization, models, images, epochs, batch, learningRate, hidden, seed, threads, zoo, model, svg, json,
        };
        command.SetAction(parsed => run(new OriginOptions
        {
            Dataset = parsed.GetValue(dataset)!,
            Data = parsed.GetValue(data),
            Classes = parsed.GetValue(classes)!,
            AllPairs = parsed.GetValue(allPairs),
            Architecture = parsed.GetValue(architecture)!,
            Vectorization = parsed.GetValue(vectorization)!,
            Models = parsed.GetValue(models),
            Images = parsed.GetValue(images),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            Hidden = parsed.GetValue(hidden),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
            Zoo = parsed.GetValue(zoo),
            Model = parsed.GetValue(model),
            Svg = parsed.GetValue(svg),
            Json = parsed.GetValue(json),
        }));
        return ExampleCommand.Invoke(command, args);
    }

    private static Option<T> Option<T>(string name, string description, T usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };
}
