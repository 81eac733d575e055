namespace Examples.ModelSearch;

/// <summary>What the command line asks for.</summary>
internal sealed record SearchOptions
{
    public string Dataset { get; init; } = "fashion-mnist";

    public string? Data { get; init; }

    public int Models { get; init; } = 300;

    public double Concentration { get; init; } = 0.3;

    public int Images { get; init; } = 200;

    public int Epochs { get; init; } = 40;

    public int Batch { get; init; } = 20;

    public double LearningRate { get; init; } = 1e-3;

    public int Hidden { get; init; } = 32;

    public int Queries { get; init; } = 20;

    public int Top { get; init; } = 3;

    public int Seed { get; init; } = 1;

    public int? Threads { get; init; }

    public string? Zoo { get; init; }

    public string? Json { get; init; }
}
