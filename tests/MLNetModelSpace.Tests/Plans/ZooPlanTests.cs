using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Plans;

// Reaches internals: annotations are read as the product's own steps read them, layouts among them.
public class ZooPlanTests
{
    private static readonly ImageDataset s_images = NumberedImages.Create(100, 101, 80);

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void TrainingAndTestShareNoImage()
    {
        ZooPlan plan = Plan(models: 30);

        Assert.Empty(NumberedImages.Numbers(plan.Train).SelectMany(row => row).Intersect(NumberedImages.Numbers(plan.Test).SelectMany(row => row)));
    }

    [Fact]
    public void NoTwoModelsShareASeed()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, models: 20_000, imagesPerModel: 10);
        long[] seeds = [.. plan.Train.GetColumn<long>(ZooColumns.Seed), .. plan.Test.GetColumn<long>(ZooColumns.Seed)];

        Assert.Equal(120_000, seeds.Distinct().Count());
        Assert.All([seeds.Min(), seeds.Max()], seed => Assert.InRange(seed, 0, uint.MaxValue));
    }

    [Fact]
    public void FoldsShareNoImage()
    {
        ZooPlan plan = Plan(models: 30, folds: 4);
        var byFold = plan.Train.GetColumn<uint>(ZooColumns.Fold).Zip(NumberedImages.Numbers(plan.Train)).GroupBy(pair => pair.First, pair => pair.Second);
        HashSet<int>[] folds = [.. byFold.Select(rows => rows.SelectMany(row => row).ToHashSet())];

        Assert.Equal(4, folds.Length);
        Assert.Equal(folds.Sum(fold => fold.Count), folds.SelectMany(fold => fold).Distinct().Count());
    }

    [Fact]
    public void ASampleHasNoImageTwiceAndOnlyImagesOfItsClass()
    {
        ZooPlan plan = Plan(models: 20);
        uint[] classes = [.. plan.Train.GetColumn<uint>(ZooColumns.OriginClass)];
        int[][] samples = NumberedImages.Numbers(plan.Train);

        for (int i = 0; i < samples.Length; i++)
        {
            Assert.Equal(10, samples[i].Distinct().Count());
            Assert.All(samples[i], image => Assert.Equal(classes[i] - 1, s_images.Labels[image]));
        }
    }

    [Fact]
    public void SamplesDifferBetweenModels()
    {
        int[][] samples = NumberedImages.Numbers(Plan(models: 20).Train);

        Assert.Equal(samples.Length, samples.Select(sample => string.Join(',', sample)).Distinct().Count());
    }

    [Fact]
    public void TheHalvesOfAClassAreThoseThePlanGives()
    {
        ZooPlan plan = Plan();
        int[] train = plan.TrainImages("c1").ToArray(), test = plan.TestImages("1").ToArray();

        Assert.Equal((51, 50), (train.Length, test.Length));
        Assert.Equal(s_images.IndicesOf(1).ToArray(), train.Concat(test).Order());
        Assert.Subset(train.ToHashSet(), NumberedImages.Numbers(plan.Train).Where((_, i) => i % 3 == 1).SelectMany(row => row).ToHashSet());
    }

    [Fact]
    public void TheHalvesOfAllClassesAreTheDataset()
    {
        ZooPlan plan = Plan();

        Assert.Equal(50 + 51 + 40, plan.TrainImages().Length);
        Assert.Equal(plan.Classes.SelectMany(name => plan.TestImages(name).ToArray()).Order(), plan.TestImages());
        Assert.Equal(Enumerable.Range(0, s_images.Count), plan.TrainImages().Concat(plan.TestImages()).Order());
    }

    [Fact]
    public void AnyBeginningIsBalancedOverClassesAndFolds()
    {
        ZooPlan plan = Plan(models: 10);
        IDataView few = _ml.Data.TakeRows(plan.Train, 12);

        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], few.GetColumn<uint>(ZooColumns.OriginClass));
        Assert.Equal([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2], few.GetColumn<uint>(ZooColumns.Fold));
    }

    [Fact]
    public void TheSameSeedGivesTheSamePlanAndAnotherSeedAnother()
    {
        int[][] first = NumberedImages.Numbers(Plan().Train), again = NumberedImages.Numbers(Plan().Train);
        int[][] other = NumberedImages.Numbers(_ml.ModelSpace().Data.PlanZoo(s_images, models: 6, imagesPerModel: 10, seed: 2).Train);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void ALargerPlanBeginsWithTheSmallerOne()
    {
        Assert.Equal(
            Identities(Plan(models: 4).Test),
            Identities(Plan(models: 9).Test).Take(12));
    }

    [Fact]
    public void SamplesAreToldApartByTheirIdentityAndByTheirDataset()
    {
        byte[] changed = new byte[2 * s_images.Count];
        for (int i = 0; i < s_images.Count; i++)
            s_images.GetPixels(i).CopyTo(changed.AsSpan(2 * i));
        changed[0] ^= 1;
        var other = new ImageDataset("other", s_images.Shape, changed.AsSpan(), s_images.Labels, s_images.ClassNames);
        ulong[] samples = [.. Plan(models: 50).Train.GetColumn<ulong>(ZooColumns.Sample)];
        ulong[] others = [.. _ml.ModelSpace().Data.PlanZoo(other, models: 50, imagesPerModel: 10).Train.GetColumn<ulong>(ZooColumns.Sample)];

        Assert.Equal(150, samples.Distinct().Count());
        Assert.Empty(samples.Intersect(others));
    }

    [Fact]
    public void OriginIsTrueForTheClassNamedFirst()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, models: 2, shares: ZooShares.OneClassEach("c2", "c0"), imagesPerModel: 5);

        Assert.Equal(["c2", "c0"], plan.Classes);
        Assert.Equal([true, false, true, false], plan.Train.GetColumn<bool>(ZooColumns.Origin));
        Assert.Equal([1, 2, 1, 2], plan.Train.GetColumn<uint>(ZooColumns.OriginClass));
        Assert.All(NumberedImages.Numbers(plan.Train)[0], image => Assert.Equal(2, s_images.Labels[image]));
    }

    [Fact]
    public void SharesAreTheRealisedProportionsAndNameTheirClasses()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, models: 40, shares: ZooShares.Dirichlet(["c2", "c0"]), imagesPerModel: 16);
        float[][] shares = [.. plan.Train.GetColumn<float[]>(ZooColumns.Shares)];
        int[][] samples = NumberedImages.Numbers(plan.Train);
        VBuffer<ReadOnlyMemory<char>> names = default;
        plan.Train.Schema[ZooColumns.Shares].GetSlotNames(ref names);

        Assert.Equal(["c2", "c0"], names.DenseValues().Select(name => name.ToString()));
        Assert.Equal(40, shares.Length);
        for (int i = 0; i < shares.Length; i++)
        {
            Assert.Equal(samples[i].Count(image => s_images.Labels[image] == 2) / 16f, shares[i][0]);
            Assert.Equal(1, shares[i].Sum());
        }
    }

    [Fact]
    public void WhereSharesAreDrawnThereIsNoOrigin()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, models: 4, shares: ZooShares.Dirichlet(), imagesPerModel: 10);

        Assert.Equal(["Images", "Shares", "Seed", "Fold", "Sample"], plan.Train.Schema.Select(column => column.Name));
    }

    [Fact]
    public void ColumnsHaveTheTypesAndAnnotationsTheyAreDocumentedWith()
    {
        DataViewSchema schema = _ml.ModelSpace().Data.PlanZoo(s_images, models: 2, shares: ZooShares.OneClassEach("c0", "c1"), imagesPerModel: 10, folds: 2).Train.Schema;
        VBuffer<ReadOnlyMemory<char>> classes = default;
        schema[ZooColumns.OriginClass].GetKeyValues(ref classes);

        Assert.Equal(["Images", "Shares", "Seed", "Origin", "OriginClass", "Label", "Fold", "Sample"], schema.Select(column => column.Name));
        Assert.Equal(20, ((VectorDataViewType)schema[ZooColumns.Images].Type).Size);
        Assert.Equal(s_images.Shape, ZooAnnotations.GetImageShape(schema[ZooColumns.Images]));
        Assert.Equal(ZooColumns.Sample, ZooAnnotations.GetSampleColumn(schema, schema[ZooColumns.Images])?.Name);
        Assert.Equal(NumberDataViewType.Int64, schema[ZooColumns.Seed].Type);
        Assert.Equal(BooleanDataViewType.Instance, schema[ZooColumns.Origin].Type);
        Assert.Equal(2ul, ((KeyDataViewType)schema[ZooColumns.Fold].Type).Count);
        Assert.Equal(["c0", "c1"], classes.DenseValues().Select(name => name.ToString()));
    }

    [Fact]
    public void TestModelsMayBeFewer()
    {
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, new ZooPlan.Options { Models = 5, TestModels = 2, ImagesPerModel = 10 });

        Assert.Equal((15, 6), (plan.Train.GetRowCount(), plan.Test.GetRowCount()));
    }

    [Fact]
    public void TheOptionsAreCopied()
    {
        var options = new ZooPlan.Options { Models = 3, ImagesPerModel = 10, Folds = 2 };
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, options);
        options.ImagesPerModel = 1;
        options.Seed = 9;

        Assert.Equal(NumberedImages.Numbers(Plan(models: 3).Train), NumberedImages.Numbers(plan.Train));
    }

    [Fact]
    public void AHundredThousandModelsTakeNoMemory()
    {
        _ = s_images.Fingerprint;
        long before = GC.GetAllocatedBytesForCurrentThread();
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(s_images, models: 100_000, shares: ZooShares.OneClassEach("c0"), imagesPerModel: 10);
        using DataViewRowCursor cursor = plan.Train.GetRowCursor([plan.Train.Schema[ZooColumns.Seed]]);
        long rows = 0;
        while (cursor.MoveNext())
            rows++;

        Assert.Equal(100_000, rows);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void TheEmbeddedImagesServeTheDefaults()
    {
        ImageDataset images = ImageDataset.LoadFashionMnist(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist"));
        ZooPlan plan = _ml.ModelSpace().Data.PlanZoo(images, shares: ZooShares.OneClassEach("Trouser", "Pullover"));

        Assert.Equal((400, 400), (plan.Train.GetRowCount(), plan.Test.GetRowCount()));
        Assert.Equal(100 * 784, ((VectorDataViewType)plan.Train.Schema[ZooColumns.Images].Type).Size);
        Assert.Equal(5, plan.Folds);
        Assert.Equal(100, _ml.ModelSpace().Data.PlanMixtures(plan).GetRowCount() / 3 * 2);
    }

    private static (long Seed, ulong Sample)[] Identities(IDataView view) =>
        [.. view.GetColumn<long>(ZooColumns.Seed).Zip(view.GetColumn<ulong>(ZooColumns.Sample))];

    private ZooPlan Plan(int models = 6, int folds = 2) => _ml.ModelSpace().Data.PlanZoo(s_images, models, imagesPerModel: 10, folds: folds);
}
