namespace MLNetModelSpace.Tests.Images;

/// <summary>The images that come with the library.</summary>
public sealed class LoadSampleTests
{
    [Fact]
    public void ItHasAThousandImagesOfEachOfTwoClasses()
    {
        ImageDataset sample = ImageDataset.LoadSample();

        Assert.Equal(["Trouser", "Pullover"], sample.ClassNames);
        Assert.Equal([1000, 1000], [sample.IndicesOf(0).Length, sample.IndicesOf(1).Length]);
        Assert.Equal(new ImageShape(1, 28, 28), sample.Shape);
    }

    [Fact]
    public void TheyAreThoseOfFashionMnistsTestPart()
    {
        ImageDataset sample = ImageDataset.LoadSample(), all = ImageDataset.LoadFashionMnist(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist"));

        for (int i = 0; i < 2; i++)
        {
            int theirs = all.ClassIndex(sample.ClassNames[i]);
            for (int k = 0; k < 1000; k++)
                Assert.Equal(all.GetPixels(all.IndicesOf(theirs)[k]), sample.GetPixels(sample.IndicesOf(i)[k]));
        }
    }

    [Fact]
    public void ItsNoticeComesWithIt()
    {
        using Stream notice = typeof(ImageDataset).Assembly.GetManifestResourceStream("Sample/README.md")!;

        Assert.Contains("The MIT License (MIT) Copyright © 2017 Zalando SE", new StreamReader(notice).ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void ItTakesLessThanAMegabyte() => Assert.InRange(
        typeof(ImageDataset).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("Sample/", StringComparison.Ordinal))
            .Sum(name => typeof(ImageDataset).Assembly.GetManifestResourceStream(name)!.Length),
        1, 1_000_000);
}
