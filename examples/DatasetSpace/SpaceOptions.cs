namespace Examples.DatasetSpace;

/// <summary>What the command line asks for.</summary>
internal sealed record SpaceOptions : ExampleOptions
{
    public SpaceOptions() => (Epochs, LearningRate) = (100, 3e-3);

    public string Classes { get; set; } = "farthest";

    public string Architecture { get; set; } = "linear";

    public string Loss { get; set; } = "all";

    public string Space { get; set; } = "all";

    public int Models { get; set; } = 300;

    public int TestModels { get; set; } = 100;

    public int Mixtures { get; set; } = 20;

    public int Folds { get; set; } = 2;

    public int Directions { get; set; } = 128;

    public double Concentration { get; set; } = 1;

    public int EncoderEpochs { get; set; } = 150;

    public int Members { get; set; } = 4;
}
