namespace MLNetModelSpace.Tests.Architectures;

public class ArchitectureTests
{
    [Theory]
    [InlineData("LinearAutoencoder(hidden=32)")]
    [InlineData("LinearAutoencoder(hidden=64-16, activation=relu, output=sigmoid)")]
    [InlineData("ConvolutionalAutoencoder(channels=8, kernel=3, stride=2, padding=1)")]
    [InlineData("ConvolutionalAutoencoder(channels=8-4, kernel=3, stride=2, padding=1, activation=identity)")]
    [InlineData("ConvolutionalAutoencoder(channels=8, kernel=3, stride=2, padding=1, decoderKernel=4)")]
    [InlineData("LinearVae(latent=32, beta=0.5)")]
    [InlineData("ConvolutionalVae(channels=8, latent=16, kernel=7, stride=7, padding=0)")]
    public void TextsReadBack(string text) => Assert.Equal(text, Architecture.Parse(text).ToString());

    [Theory]
    [InlineData("LinearAutoencoder(hidden=32)")]
    [InlineData("LinearAutoencoder(hidden=64-16, activation=relu)")]
    [InlineData("ConvolutionalAutoencoder(channels=8, kernel=7, stride=7, padding=0)")]
    [InlineData("ConvolutionalAutoencoder(channels=8-4, kernel=3, stride=2, padding=1)")]
    [InlineData("LinearVae(latent=5)")]
    [InlineData("ConvolutionalVae(channels=8, latent=16, kernel=3, stride=2, padding=1)")]
    public void TheLayoutIsTheModulesStateDict(string text)
    {
        var shape = new ImageShape(1, 28, 28);
        Architecture architecture = Architecture.Parse(text);
        using TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> module =
            architecture.CreateModule(shape, new float[architecture.GetLayout(shape).Length]);

        Assert.Equal(
            module.state_dict().Select(entry => $"{entry.Key} [{string.Join('×', entry.Value.shape)}]"),
            architecture.GetLayout(shape).Tensors.Select(tensor => tensor.ToString()));
    }

    [Fact]
    public void TheLayoutsArchitectureCarriesTheImageShape()
    {
        Architecture.Parse(new LinearAutoencoder(8).GetLayout(new ImageShape(3, 32, 32)).Architecture, out ImageShape? shape);
        Assert.Equal(new ImageShape(3, 32, 32), shape);
    }

    [Theory]
    [InlineData("LinearAutoencoder", "expected a name and options in parentheses")]
    [InlineData("LinearAutoencoder(hidden=x)", "expected a whole number as 'hidden'")]
    [InlineData("LinearAutoencoder(hidden=8, depth=2)", "expected no option 'depth'")]
    [InlineData("LinearAutoencoder(hidden=8) on 28x28", "expected nothing or an image shape")]
    [InlineData("Transformer(heads=8)", "'Transformer' is no architecture")]
    [InlineData("LinearAutoencoder(hidden=0)", "is no valid architecture")]
    public void OtherTextsSayWhatWasExpected(string text, string message)
    {
        var error = Assert.Throws<FormatException>(() => Architecture.Parse(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LinearAutoencoder(hidden=8)", 65536, 65536, "An image of 1×65536×65536 has no pixels, or more than 2147483647 values.")]
    [InlineData("ConvolutionalVae(channels=65536, latent=2, kernel=1, stride=1)", 256, 256, "has layers of more than 2147483647 values for images of 1×256×256.")]
    [InlineData("ConvolutionalAutoencoder(channels=2, kernel=2147483647, stride=1, padding=2147483646)", 9, 9, "has layers of more than 2147483647 values for images of 1×9×9.")]
    public void SizesThatNoNumberCountsAreRefused(string architecture, int height, int width, string message) => Assert.Contains(
        message, Assert.Throws<ArgumentException>(() => Architecture.Parse(architecture).GetLayout(new ImageShape(1, height, width))).Message, StringComparison.Ordinal);

    [Fact]
    public void ADecoderKernelThatDoesNotGiveBackTheImageIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new ConvolutionalAutoencoder(channels: 8, kernel: 3, stride: 2, padding: 1, decoderKernel: 5).GetLayout(new ImageShape(1, 28, 28)));
        Assert.StartsWith("A decoder kernel of 5 does not give back 28×28 from 14×14", error.Message, StringComparison.Ordinal);
    }
}
