namespace Examples.OriginClassification;

/// <summary>What the command line asks for.</summary>
internal sealed record OriginOptions : ExampleOptions
{
    public string Classes { get; set; } = "Trouser,Pullover";

    public bool AllPairs { get; set; }

    public bool Robustness { get; set; }

    public string Architecture { get; set; } = "linear,conv,conv-overcomplete";

    public string Vectorization { get; set; } = "paper";

    public string Classifier { get; set; } = "all";

    public int Models { get; set; } = 40;

    public string? Model { get; set; }

    protected override IEnumerable<string?> Outputs => [.. base.Outputs, Model];
}
