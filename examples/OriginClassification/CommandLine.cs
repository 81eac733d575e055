namespace Examples.OriginClassification;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<OriginOptions, int> run) =>
        new ExampleCommandLine<OriginOptions>("Tells from an autoencoder's weights which class of images it was trained on, by ML.NET.")
            .Add("--classes", "Two classes, by name or number: A,B.", o => o.Classes, (o, v) => o.Classes = v)
            .Add("--all-pairs", "Every pair of the dataset's classes.", o => o.AllPairs, (o, v) => o.AllPairs = v)
            .Add("--robustness", "Judge the classifiers also on models that were trained or stored otherwise.", o => o.Robustness, (o, v) => o.Robustness = v)
            .Add("--architecture", $"{string.Join(", ", Architectures.Names)}, several with commas, or all.", o => o.Architecture, (o, v) => o.Architecture = v)
            .Add("--vectorization", $"{string.Join(", ", Vectorizations.Names)}: the paper's two, or every one; several with commas.", o => o.Vectorization, (o, v) => o.Vectorization = v)
            .Add("--classifier", "trees, logistic or all: of many pairs, trees take most of the time.", o => o.Classifier, (o, v) => o.Classifier = v)
            .Add("--models", "Models per class, for training and again for test.", o => o.Models, (o, v) => o.Models = v)
            .Add("--model", "Where the best pipeline is saved. Default: a file in the temporary folder.", o => o.Model, (o, v) => o.Model = v)
            .Invoke(args, run);
}
