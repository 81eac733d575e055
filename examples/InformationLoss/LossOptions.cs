namespace Examples.InformationLoss;

/// <summary>What the command line asks for.</summary>
internal sealed record LossOptions
{
    public string Dataset { get; init; } = "fashion-mnist";

    public string? Data { get; init; }

    public string Classes { get; init; } = "T-shirt/top,Shirt";

    public string Architecture { get; init; } = "all";

    public int Models { get; init; } = 30;

    public int Images { get; init; } = 200;

    public int Epochs { get; init; } = 60;

    public int Batch { get; init; } = 20;

    public double LearningRate { get; init; } = 1e-3;

    public int Hidden { get; init; } = 32;

    public int Seed { get; init; } = 1;

    public int? Threads { get; init; }

    public string? Zoo { get; init; }

    public string? Svg { get; init; }

    public string? Json { get; init; }
}
