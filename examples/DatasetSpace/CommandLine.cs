using System.CommandLine;

namespace Examples.DatasetSpace;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<SpaceOptions, int> run)
    {
        var usual = new SpaceOptions();
        Option<string> dataset = Option("--dataset", "fashion-mnist or cifar10.", usual.Dataset);
        Option<string?> data = Option<string?>("--data", "Folder with the dataset's files. Default: the embedded Fashion-MNIST test images.", null);
        Option<string> classes = Option("--classes", "Three or more classes, by name or number: A,B,C; or farthest, for the three whose images lie farthest apart.", usual.Classes);
        Option<string> architecture = Option("--architecture", "linear, conv, conv-overcomplete or all.", usual.Architecture);
        Option<string> loss = Option("--loss", $"On the sphere: {string.Join(", ", SpaceVariants.Losses)} or all.", usual.Loss);
        Option<string> space = Option("--space", $"{string.Join(", ", SpaceVariants.Spaces)} or all.", usual.Space);
        Option<int> models = Option("--models", "Models for training.", usual.Models);
        Option<int> testModels = Option("--test-models", "Models for testing.", usual.TestModels);
        Option<int> mixtures = Option("--mixtures", "Pairs of datasets, each with the model of their union.", usual.Mixtures);
        Option<double> concentration = Option("--concentration", "Of the Dirichlet distribution that shares are drawn from.", usual.Concentration);
        Option<int> images = Option("--images", "Images each model is trained on.", usual.Images);
        Option<int> epochs = Option("--epochs", "Passes over them.", usual.Epochs);
        Option<int> batch = Option("--batch", "Images a step.", usual.Batch);
        Option<double> learningRate = Option("--learning-rate", "Adam's step size.", usual.LearningRate);
        Option<int> hidden = Option("--hidden", "Hidden units of the linear autoencoder.", usual.Hidden);
        Option<int> encoderEpochs = Option("--encoder-epochs", "Passes of the encoder over the models.", usual.EncoderEpochs);
        Option<int> members = Option("--members", "Networks an encoder averages.", usual.Members);
        Option<int> seed = Option("--seed", "Seed of everything.", usual.Seed);
        Option<int?> threads = Option<int?>("--threads", "Models trained at once. Default: one a core.", null);
        Option<string?> zoo = Option<string?>("--zoo", "Directory that keeps the trained models; a second run goes on from there.", null);
        Option<string?> svg = Option<string?>("--svg", "Where the sphere is drawn. Default: a file in the temporary folder.", null);
        Option<string?> json = Option<string?>("--json", "Where the results are written as JSON. Default: nowhere.", null);
        var command = new RootCommand("Places autoencoders on the sphere of datasets, from their weights, under the paper's losses and variants.")
        {
            dataset, data, classes, architecture, loss, space, models, testModels, mixtures, concentration, images, epochs, batch, learningRate, hidden,
            encoderEpochs, members, seed, threads, zoo, svg, json,
        };
        command.SetAction(parsed => run(new SpaceOptions
        {
            Dataset = parsed.GetValue(dataset)!,
            Data = parsed.GetValue(data),
            Classes = parsed.GetValue(classes)!,
            Architecture = parsed.GetValue(architecture)!,
            Loss = parsed.GetValue(loss)!,
            Space = parsed.GetValue(space)!,
            Models = parsed.GetValue(models),
            TestModels = parsed.GetValue(testModels),
            Mixtures = parsed.GetValue(mixtures),
            Concentration = parsed.GetValue(concentration),
            Images = parsed.GetValue(images),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            Hidden = parsed.GetValue(hidden),
            EncoderEpochs = parsed.GetValue(encoderEpochs),
            Members = parsed.GetValue(members),
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
