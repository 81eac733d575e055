namespace Examples.ModelSearch;

/// <summary>The options of the command line.</summary>
internal static class CommandLine
{
    public static int Invoke(string[] args, Func<SearchOptions, int> run) =>
        new ExampleCommandLine<SearchOptions>("Builds a zoo over all classes, indexes it, and finds the models that fit unseen images.")
            .Add("--models", "Models in the zoo.", o => o.Models, (o, v) => o.Models = v)
            .Add("--concentration", "Of the Dirichlet distribution that shares are drawn from.", o => o.Concentration, (o, v) => o.Concentration = v)
            .Add("--queries", "Mixtures of unseen images that are searched for, each with as many images as a model is trained on.", o => o.Queries, (o, v) => o.Queries = v)
            .Add("--top", "Models that are printed for the first query.", o => o.Top, (o, v) => o.Top = v)
            .Add("--embedder-steps", "Steps that the image embedder is trained for, at most.", o => o.EmbedderSteps, (o, v) => o.EmbedderSteps = v)
            .Invoke(args, run);
}
