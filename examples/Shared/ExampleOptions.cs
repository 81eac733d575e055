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
}
