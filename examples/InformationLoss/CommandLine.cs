namespace Examples.InformationLoss;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<LossOptions, int> run) =>
        new ExampleCommandLine<LossOptions>("Measures how much autoencoders' weights, their vectorizations and predictions know of the class that was trained on.")
            .Add("--classes", "Two classes, by name or number: A,B.", o => o.Classes, (o, v) => o.Classes = v)
            .Add("--architecture", $"{string.Join(", ", Zoos.Names)} or all.", o => o.Architecture, (o, v) => o.Architecture = v)
            .Add("--models", "Models per class in each half of the images.", o => o.Models, (o, v) => o.Models = v)
            .Invoke(args, run);
}
