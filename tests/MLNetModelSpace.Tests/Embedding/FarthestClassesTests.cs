using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Embedding;

public class FarthestClassesTests
{
    [Fact]
    public void TheMinimumAndTheSumMayChooseDifferently()
    {
        // On a line: 0, 1 and 100 have the largest sum; 0, 49 and 100 beside it the largest minimum.
        FarthestClasses found = FarthestClasses.Find([[0f], [1f], [49f], [100f]]);
        Assert.Equal(new ClassTriple(0, 2, 3, 49, 200), found.ByMinimum);
        Assert.Equal(200, found.BySum.SumDistance);
        Assert.Equal(99, found.Distance(1, 3));
    }

    [Fact]
    public void FewerThanThreeClassesAreRefused() => Assert.StartsWith(
        "There are 2 classes", Assert.Throws<ArgumentException>(() => FarthestClasses.Find([[0f], [1f]])).Message);

    [Fact]
    public void MeansAreReadFromAView()
    {
        var ml = new MLContext(1);
        Image[] images =
        [
            new() { Label = 0, ImageEmbedding = [0, 0] }, new() { Label = 0, ImageEmbedding = [2, 0] },
            new() { Label = 1, ImageEmbedding = [5, 0] }, new() { Label = 2, ImageEmbedding = [0, 9] },
        ];
        FarthestClasses found = ml.ModelSpace().Embedding.FindFarthestClasses(ml.Data.LoadFromEnumerable(images));
        Assert.Equal([1f, 0f], found.Means[0]);
        Assert.Equal(4, found.ByMinimum.MinDistance, 5);
    }

    [Fact]
    public void AClassWithoutImagesIsNamed()
    {
        var ml = new MLContext(1);
        Image[] images = [new() { Label = 0, ImageEmbedding = [0, 0] }, new() { Label = 2, ImageEmbedding = [0, 9] }];
        Assert.StartsWith("Class 1 has no images.", Assert.Throws<ArgumentException>(
            () => ml.ModelSpace().Embedding.FindFarthestClasses(ml.Data.LoadFromEnumerable(images))).Message);
    }

    private sealed class Image
    {
        /// <summary>Number of the class from 0; the key itself is one more.</summary>
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] ImageEmbedding { get; set; } = [];
    }
}
