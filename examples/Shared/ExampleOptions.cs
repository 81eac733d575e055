namespace Examples;

/// <summary>What every example's command line asks for: the images, how models are trained on them, and where things are kept.</summary>
internal abstract record ExampleOptions
{
    public string Dataset { get; set; } = "fashion-mnist";

    public string? Data { get; set; }

    public int Images { get; set; } = 200;

    public int Epochs { get; set; } = 60;

    public int Batch { get; set; } = 20;

    public double LearningRate { get; set; } = 1e-3;

    public int Hidden { get; set; } = 32;

    public int Seed { get; set; } = 1;

    public int? Threads { get; set; }

    public string? Zoo { get; set; }

    public string? Json { get; set; }

    public string? Svg { get; set; }

    public string? Png { get; set; }

    public string? Html { get; set; }

    /// <summary>The command line itself, as one types it.</summary>
    public string Command { get; set; } = "";

    /// <summary>Checks that what is written at the end can be written.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="ArgumentException">Two are the same.</exception>
    public void CheckOutputs()
    {
        string[] named = [.. Outputs.OfType<string>()];
        foreach (string path in named)
            OutputFile.Check(path);
        if (named.GroupBy(Path.GetFullPath).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"'{twice.First()}' is named for two outputs; expected a file for each.");
    }

    /// <summary>The files that the command line names.</summary>
    protected virtual IEnumerable<string?> Outputs => [Json, Svg, Png, Html];
}
