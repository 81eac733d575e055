using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// A zoo as it is to be: which models there are, each with its sample and its seed. Models for testing share no image and no seed with
/// models for training: each class's images are split in half by the plan's seed. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Columns of both views: <c>Images</c> (n·C·H·W values in [0, 1], gathered when they are read, annotated with the image shape),
/// <c>Shares</c> (the realised proportions, a slot for each class), <c>Seed</c> (Int64 from 0 to 2³² - 1, each once), <c>Fold</c> (key),
/// <c>Sample</c> (UInt64, the identity of the sample), and, where each model has one class, <c>OriginClass</c> (key) and <c>Label</c>
/// (the same); for two classes <c>Origin</c> (Boolean, true for the class named first), and <c>Label</c> is that instead.
/// </para>
/// <para>
/// Rows of different classes take turns, so that any beginning of a view is balanced. Rows are computed as they are read and nothing is
/// kept for them, so a plan of any size takes the memory of its dataset.
/// </para>
/// </remarks>
public sealed partial class ZooPlan
{
    private readonly ImagePools _pools;

    internal ZooPlan(IHostEnvironment env, ImageDataset dataset, Options options)
    {
        Options asked = options.Validated();
        ResolvedShares shares = asked.Shares!.Resolve(dataset);
        Models = (long)shares.GroupCount * asked.Models;
        TestModels = (long)shares.GroupCount * asked.TestModels!.Value;
        if (Math.Max(Models, TestModels) > HalfRows.MaxCount)
            throw new ArgumentOutOfRangeException(nameof(options), Math.Max(Models, TestModels), $"A plan has at most {HalfRows.MaxCount} models in each half.");
        RequireImages(asked.ImagesPerModel ?? 1, dataset.Shape);
        Seed = ContextSeed.Or(env, asked.Seed);
        _pools = new ImagePools(dataset, Seed);
        Resolved = shares;
        Folds = asked.Folds ?? FewerFolds(UsualFolds, asked.ImagesPerModel ?? 1);
        ImagesPerModel = asked.ImagesPerModel ?? FewerImages(UsualImages);
        RequirePools();

        Classes = Array.AsReadOnly(Array.ConvertAll(shares.Classes, index => dataset.ClassNames[index]));
        Train = CreateView(test: false);
        Test = CreateView(test: true);
        Log(env, asked);
    }

    /// <summary>The models for training.</summary>
    public IDataView Train { get; }

    /// <summary>The models for testing.</summary>
    public IDataView Test { get; }

    /// <summary>The classes' names, in the order of the slots of <c>Shares</c> and the keys of <c>OriginClass</c>.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The dataset the samples are drawn from.</summary>
    public ImageDataset Dataset => _pools.Dataset;

    /// <summary>Images that one model is trained on.</summary>
    public int ImagesPerModel { get; }

    /// <summary>In how many folds the models come.</summary>
    public int Folds { get; }

    /// <summary>What decided all that is random in the plan.</summary>
    public long Seed { get; }

    /// <summary>Rows of <see cref="Train"/>.</summary>
    internal long Models { get; }

    /// <summary>Rows of <see cref="Test"/>.</summary>
    internal long TestModels { get; }

    internal ResolvedShares Resolved { get; }

    internal ImagePools Pools => _pools;

    /// <summary>The images of a class that models for training draw from, as indices of the dataset, in random order.</summary>
    /// <param name="className">A class of the dataset, by name or number; it need not be one of the plan's.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    public ReadOnlySpan<int> TrainImages(string className) => _pools.Half(Dataset.ClassIndex(className), test: false);

    /// <summary>The images of a class that models for testing draw from, as indices of the dataset, in random order.</summary>
    /// <inheritdoc cref="TrainImages(string)"/>
    public ReadOnlySpan<int> TestImages(string className) => _pools.Half(Dataset.ClassIndex(className), test: true);

    /// <summary>All images of the dataset's training half, of every class, as ascending indices: what embedders of images may be trained on.</summary>
    public int[] TrainImages() => HalfOfAllClasses(test: false);

    /// <summary>All images of the dataset's test half, of every class, as ascending indices.</summary>
    public int[] TestImages() => HalfOfAllClasses(test: true);

    /// <summary>Models, classes, images, folds and seed on one line.</summary>
    public override string ToString() =>
        $"{Models} models for training and {TestModels} for testing on {string.Join(", ", Classes)} of {Dataset.Name}: {ImagesPerModel} images each, {Folds} fold{(Folds == 1 ? "" : "s")}, seed {Seed}";

    internal static void RequireImages(long images, ImageShape shape)
    {
        if (images * shape.Size > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(images), images, $"{images} images of {shape} have more values than a vector holds ({Array.MaxLength}).");
    }

    /// <summary>Before anything runs: no model may ask for more images of a class than its fold has.</summary>
    private void RequirePools()
    {
        for (int i = 0; i < Resolved.Classes.Length; i++)
        {
            int most = Resolved.MaxCount(i, ImagesPerModel);
            int classIndex = Resolved.Classes[i];
            int smallest = SmallestFold(classIndex, Folds);
            if (most > smallest)
            {
                throw new ArgumentException(
                    $"Models may ask for {most} images of class '{Dataset.ClassNames[classIndex]}', but there are {smallest} for each: {Dataset.Name} has "
                    + $"{Dataset.IndicesOf(classIndex).Length} of it, half of them for testing, in {Folds} folds that share none. Ask for fewer images per model, or fewer folds.");
            }
        }
    }

    /// <summary>The test half is never the larger one, and a fold has its part rounded down at least.</summary>
    private int SmallestFold(int classIndex, int folds) => _pools.Half(classIndex, test: true).Length / folds;

    private bool Allows(int folds, int images)
    {
        for (int i = 0; i < Resolved.Classes.Length; i++)
        {
            if (Resolved.MaxCount(i, images) > SmallestFold(Resolved.Classes[i], folds))
                return false;
        }

        return true;
    }

    /// <summary>The most folds that the images allow; 1 where they do not even allow that.</summary>
    private int FewerFolds(int folds, int images)
    {
        while (folds > 1 && !Allows(folds, images))
            folds--;
        return folds;
    }

    /// <summary>The most images a model that the folds allow; 1 where they do not even allow that.</summary>
    private int FewerImages(int images)
    {
        while (images > 1 && !Allows(Folds, images))
            images--;
        return images;
    }

    /// <summary>Says what was taken where nobody said it, and what a user may not expect of it.</summary>
    private void Log(IHostEnvironment env, Options asked)
    {
        using IChannel channel = env.Start("PlanZoo");
        channel.Info(MessageSensitivity.None, $"Planned {this}.");
        if (asked.Folds is null && Folds < UsualFolds)
        {
            channel.Warning(
                MessageSensitivity.None,
                $"The images allow {Folds} fold{(Folds == 1 ? "" : "s")} of {ImagesPerModel} images a model, not {UsualFolds}: numberOfFolds of CrossValidate is 5 unless it is named. Fewer images per model allow more.");
        }

        int least = Resolved.Classes.Min(index => SmallestFold(index, Folds));
        if (asked.ImagesPerModel is null && ImagesPerModel == least)
        {
            channel.Info(
                MessageSensitivity.None,
                $"A fold has {least} images of a class, so models of one class and fold have the same images in another order. Fewer images per model, or fewer folds, leave a choice.");
        }

        if (Resolved is { IsOneClassEach: true, GroupCount: 1 })
            channel.Warning(MessageSensitivity.None, $"All models are trained on {Classes[0]}: there is nothing to tell apart, and no column '{ZooColumns.Origin}'.");
    }

    private int[] HalfOfAllClasses(bool test)
    {
        var images = new List<int>(Dataset.Count / 2 + Dataset.ClassCount);
        for (int i = 0; i < Dataset.ClassCount; i++)
            images.AddRange(_pools.Half(i, test));
        images.Sort();
        return [.. images];
    }

    private IndexedView CreateView(bool test)
    {
        var columns = new List<IndexedColumn> { PlanColumns.Images(Dataset, ImagesPerModel), PlanColumns.Shares(Classes), PlanColumns.Seed() };
        if (Resolved.IsOneClassEach && Classes.Count == 2)
            columns.Add(PlanColumns.Origin());
        if (Resolved.IsOneClassEach)
            columns.AddRange([PlanColumns.OriginClass(Classes), PlanColumns.Label(Classes)]);
        columns.Add(PlanColumns.Fold(Folds));
        columns.Add(PlanColumns.Sample());
        return new HalfRows(this, test).ToView(columns);
    }
}
