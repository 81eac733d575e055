namespace Examples.DatasetSpace;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<SpaceOptions, int> run) =>
        new ExampleCommandLine<SpaceOptions>("Places autoencoders on the sphere of datasets, from their weights, under the paper's losses and variants.")
            .Add("--classes", "Three or more classes, by name or number: A,B,C; or farthest, for the three whose images lie farthest apart.", o => o.Classes, (o, v) => o.Classes = v)
            .Add("--architecture", $"{string.Join(", ", Architectures.Names)} or all.", o => o.Architecture, (o, v) => o.Architecture = v)
            .Add("--loss", $"On the sphere: {string.Join(", ", SpaceVariants.Losses)} or all.", o => o.Loss, (o, v) => o.Loss = v)
            .Add("--space", $"{string.Join(", ", SpaceVariants.Spaces)} or all.", o => o.Space, (o, v) => o.Space = v)
            .Add("--models", "Models for training.", o => o.Models, (o, v) => o.Models = v)
            .Add("--test-models", "Models for testing.", o => o.TestModels, (o, v) => o.TestModels = v)
            .Add("--mixtures", "Pairs of datasets, each with the model of their union.", o => o.Mixtures, (o, v) => o.Mixtures = v)
            .Add("--concentration", "Of the Dirichlet distribution that shares are drawn from.", o => o.Concentration, (o, v) => o.Concentration = v)
            .Add("--folds", "Parts of the images, which models of different folds share none of: an encoder is trained on what others' images lead it to.", o => o.Folds, (o, v) => o.Folds = v)
            .Add("--directions", "Directions in which linear models' composed maps are seen.", o => o.Directions, (o, v) => o.Directions = v)
            .Add("--encoder-epochs", "Passes of the encoder over the models.", o => o.EncoderEpochs, (o, v) => o.EncoderEpochs = v)
            .Add("--members", "Networks an encoder averages.", o => o.Members, (o, v) => o.Members = v)
            .Invoke(args, run);
}
