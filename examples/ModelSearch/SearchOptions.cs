namespace Examples.ModelSearch;

/// <summary>What the command line asks for.</summary>
internal sealed record SearchOptions : ExampleOptions
{
    public SearchOptions() => Epochs = 40;

    public int Models { get; set; } = 300;

    public double Concentration { get; set; } = 0.3;

    public int Queries { get; set; } = 60;

    public int Top { get; set; } = 3;

    public int EmbedderSteps { get; set; } = 1500;
}
