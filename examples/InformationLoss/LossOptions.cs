namespace Examples.InformationLoss;

/// <summary>What the command line asks for.</summary>
internal sealed record LossOptions : ExampleOptions
{
    public string Classes { get; set; } = "T-shirt/top,Shirt";

    public string Architecture { get; set; } = "all";

    public int Models { get; set; } = 30;
}
