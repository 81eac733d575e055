namespace Examples.OriginClassification;

/// <summary>What the command line asks for.</summary>
internal sealed record OriginOptions
{
    public string Dataset { get; init; } = "fashion-mnist";

    public string? Data { get; init; }

    public string Classes { get; init; } = "Trouser,Pullover";

    public bool AllPairs { get; init; }

    public string Architecture { get; init; } = "all";

    public string Vectorization { get; init; } = "paper";

    public int Models { get; init; } = 40;

    public int Images { get; init; } = 200;

    public int Epochs { get; init; } = 60;

    public int Batch { get; init; } = 20;

    public double LearningRate { get; init; } = 1e-3;

    public int Hidden { get; init; } = 32;

    public int Seed { get; init; } = 1;

    public int? Threads { get; init; }

    public string? Zoo { get; init; }

    public string? Model { get; init; }

    public string? Svg { get; init; }

    public string? Json { get; init; }
}
