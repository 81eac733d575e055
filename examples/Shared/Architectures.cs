using MLNetModelSpace;

namespace Examples;

/// <summary>The architectures the command line names, and what the paper has for them.</summary>
internal static class Architectures
{
    public static readonly string[] Names = ["linear", "conv", "conv-overcomplete", "linear-vae", "conv-vae"];

    /// <summary>The architectures of that name: one, several with commas between, or <c>all</c>.</summary>
    /// <param name="text">The names.</param>
    /// <param name="hidden">Hidden units of a linear autoencoder, latents of a variational one.</param>
    /// <param name="channels">Channels of a convolutional one.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static IReadOnlyList<(string Name, Architecture Architecture)> Parse(string text, int hidden, int channels = 8)
    {
        string[] names = text == "all" ? Names : [.. text.Split(',', StringSplitOptions.TrimEntries).Distinct()];
        return [.. names.Select(name => (name, Create(name, hidden, channels)))];
    }

    /// <summary>Precision and recall in the paper's table 1, for the architecture nearest to this one.</summary>
    public static (string Row, double Precision, double Recall) Paper(string name) =>
        name == "linear" ? ("paper, linear layer", 0.79, 1.00) : ("paper, convolution", 0.55, 0.78);

    private static Architecture Create(string name, int hidden, int channels) => name switch
    {
        "linear" => new LinearAutoencoder(hidden),
        // A code of 128 numbers for 784 pixels: a bottleneck.
        "conv" => new ConvolutionalAutoencoder(channels, kernel: 7, stride: 7),
        // A code of 1,568 numbers for 784 pixels: it can copy whatever it sees.
        "conv-overcomplete" => new ConvolutionalAutoencoder(channels, kernel: 3, stride: 2, padding: 1),
        "linear-vae" => new LinearVae(hidden),
        "conv-vae" => new ConvolutionalVae(channels, hidden),
        _ => throw new ArgumentException($"'{name}' is no architecture; known are {string.Join(", ", Names)} and all."),
    };
}
