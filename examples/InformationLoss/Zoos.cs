using MLNetModelSpace;

namespace Examples.InformationLoss;

/// <summary>The zoos that are compared: linear and convolutional, plain and variational.</summary>
internal static class Zoos
{
    public static readonly string[] Names = ["linear", "conv", "linear-vae", "conv-vae"];

    /// <summary>The architectures of that name: one, or <c>all</c>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<(string Name, Architecture Architecture)> Parse(string text, int hidden)
    {
        string[] names = text == "all" ? Names : [text];
        return [.. names.Select(name => (name, Create(name, hidden)))];
    }

    private static Architecture Create(string name, int hidden) => name switch
    {
        "linear" => new LinearAutoencoder(hidden),
        // A code of 128 numbers for 784 pixels, as in the origin example's "conv".
        "conv" => new ConvolutionalAutoencoder(channels: 8, kernel: 7, stride: 7),
        "linear-vae" => new LinearVae(latent: hidden),
        "conv-vae" => new ConvolutionalVae(channels: 8, latent: hidden),
        _ => throw new ArgumentException($"'{name}' is no architecture; known are {string.Join(", ", Names)} and all."),
    };
}
