using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>
/// A zoo as it is to be: which models there are, each with its sample and its seed. Models for testing share no image and no seed with
/// models for training: each class's images are split in half by the plan's seed. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Columns of both views: <c>Images</c> (n·C·H·W values in [0, 1], gathered when they are read, annotated with the image shape),
/// <c>Shares</c> (the realised proportions, a slot for each class), <c>Seed</c> (Int64 from 0 to 2³² - 1, each once), <c>Fold</c> (key),
/// <c>Sample</c> (UInt64, the identity of the sample), and, where each model has one class, <c>OriginClass</c> (key) and for two
/// classes <c>Origin</c> (Boolean, true for the class named first).
/// </para>
/// <para>
/// Rows of different classes take turns, so that any beginning of a view is balanced. Rows are computed as they are read and nothing is
/// kept for them, so a plan of any size takes the memory of its dataset.
/// </para>
/// </remarks>
public sealed class ZooPlan
{
    private readonly ImagePools _pools;

    internal ZooPlan(ImageDataset dataset, ZooPlanOptions options)
    {
        ZooPlanOptions checkedOptions = options.Validated();
        ResolvedShares shares = checkedOptions.Shares!.Resolve(dataset);
        long most = (long)shares.GroupCount * Math.Max(checkedOptions.Models, checkedOptions.TestModels!.Value);
        if (most > HalfRows.MaxCount)
            throw new ArgumentOutOfRangeException(nameof(options), most, $"A plan has at most {HalfRows.MaxCount} models in each half.");
        RequireImages(checkedOptions.ImagesPerModel, dataset.Shape);
        _pools = new ImagePools(dataset, checkedOptions.Seed);
        Options = checkedOptions;
        Resolved = shares;
        RequirePools();

        Classes = Array.AsReadOnly(Array.ConvertAll(shares.Classes, index => dataset.ClassNames[index]));
        Train = CreateView(test: false);
        Test = CreateView(test: true);
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
    public int ImagesPerModel => Options.ImagesPerModel;

    /// <summary>In how many folds the models come.</summary>
    public int Folds => Options.Folds;

    /// <summary>What decided all that is random in the plan.</summary>
    public long Seed => Options.Seed;

    internal ZooPlanOptions Options { get; }

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
            int most = Resolved.MaxCount(i, Options.ImagesPerModel);
            int classIndex = Resolved.Classes[i];
            // The test half is never the larger one, and a fold has its part rounded down at least.
            int smallest = _pools.Half(classIndex, test: true).Length / Options.Folds;
            if (most > smallest)
            {
                throw new ArgumentException(
                    $"Models may ask for {most} images of class '{Dataset.ClassNames[classIndex]}', but there are {smallest} for each: {Dataset.Name} has "
                    + $"{Dataset.IndicesOf(classIndex).Length} of it, half of them for testing, in {Options.Folds} folds that share none. Ask for fewer images per model, or fewer folds.");
            }
        }
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
        var columns = new List<IndexedColumn> { PlanColumns.Images(Dataset, Options.ImagesPerModel), PlanColumns.Shares(Classes), PlanColumns.Seed() };
        if (Resolved.IsOneClassEach && Classes.Count == 2)
            columns.Add(PlanColumns.Origin());
        if (Resolved.IsOneClassEach)
            columns.Add(PlanColumns.OriginClass(Classes));
        columns.Add(PlanColumns.Fold(Options.Folds));
        columns.Add(PlanColumns.Sample());
        return new HalfRows(_pools, Resolved, Options, test).ToView(columns);
    }
}
