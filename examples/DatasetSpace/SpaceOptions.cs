namespace Examples.DatasetSpace;

/// <summary>What the command line asks for.</summary>
internal sealed record SpaceOptions
{
    public string Dataset { get; init; } = "fashion-mnist";

    public string? Data { get; init; }

    public string Classes { get; init; } = "farthest";

    public string Architecture { get; init; } = "linear";

    public string Loss { get; init; } = "all";

    public string Space { get; init; } = "all";

    public int Models { get; init; } = 300;

    public int TestModels { get; init; } = 100;

    public int Mixtures { get; init; } = 20;

    public double Concentration { get; init; } = 1;

    public int Images { get; init; } = 200;

    public int Epochs { get; init; } = 40;

    public int Batch { get; init; } = 20;

    public double LearningRate { get; init; } = 1e-3;

    public int Hidden { get; init; } = 32;

    public int EncoderEpochs { get; init; } = 150;

    public int Members { get; init; } = 2;

    public int Seed { get; init; } = 1;

    public int? Threads { get; init; }

    public string? Zoo { get; init; }

    public string? Svg { get; init; }

    public string? Json { get; init; }
}
