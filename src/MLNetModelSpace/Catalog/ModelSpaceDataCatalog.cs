using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace.Catalog;

namespace MLNetModelSpace;

/// <summary>Views of <c>mlContext.ModelSpace()</c> whose rows are models, or are to be; and views of images.</summary>
public sealed class ModelSpaceDataCatalog
{
    internal ModelSpaceDataCatalog(MLContext context) => Context = context;

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Plans a zoo: models for training and models for testing that share no image and no seed.</summary>
    /// <param name="dataset">Where the samples are drawn from.</param>
    /// <param name="models">
    /// Models for training, and again for testing: for each class (or list of proportions) where each model has one, and in all where
    /// shares are drawn.
    /// </param>
    /// <param name="shares">Which classes, in what proportions; null for one class each over all classes.</param>
    /// <param name="imagesPerModel">Images that one model is trained on; null for as many as folds and classes allow, at most 200: <see cref="ZooPlan.ImagesPerModel"/> says how many.</param>
    /// <param name="seed">Decides all that is random in the plan; null for the context's.</param>
    /// <param name="folds">In how many folds, which share no image, the models come; null for five, and fewer where the images do not allow it: <see cref="ZooPlan.Folds"/> says how many.</param>
    /// <exception cref="ArgumentException">
    /// A number is below 1, a class is unknown or named twice, or a class has too few images for its folds.
    /// </exception>
    public ZooPlan PlanZoo(
        ImageDataset dataset,
        int models = 200,
        ZooShares? shares = null,
        int? imagesPerModel = null,
        long? seed = null,
        int? folds = null) =>
        PlanZoo(dataset, new ZooPlan.Options { Models = models, Shares = shares, ImagesPerModel = imagesPerModel, Seed = seed, Folds = folds });

    /// <summary>Plans a zoo, with every option at hand.</summary>
    /// <param name="dataset">Where the samples are drawn from.</param>
    /// <param name="options">How; copied.</param>
    /// <exception cref="ArgumentException">
    /// A number is below 1, a class is unknown or named twice, or a class has too few images for its folds.
    /// </exception>
    public ZooPlan PlanZoo(ImageDataset dataset, ZooPlan.Options options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        return new ZooPlan(Context, dataset, options);
    }

    /// <summary>
    /// Plans mixtures, in rows of three: a model on a sample D₁, one on a sample D₂ that shares no image with it, and one on D₁ ∪ D₂. Images
    /// are of the plan's test half, whose folds do not count here; seeds are those of no model of the plan.
    /// </summary>
    /// <param name="plan">
    /// The plan whose classes and shares they have: each part draws its own; where a model has one class, the two parts have different ones.
    /// </param>
    /// <param name="mixtures">How many, at least 1; the view has three rows for each.</param>
    /// <param name="firstImages">Images of each D₁; null for the plan's <see cref="ZooPlan.ImagesPerModel"/>.</param>
    /// <param name="secondImages">Images of each D₂; null for the plan's <see cref="ZooPlan.ImagesPerModel"/>.</param>
    /// <returns>
    /// A view with the columns <c>Images</c> (of as many images as the row has), <c>Shares</c>, <c>Seed</c>, <c>Mixture</c> (key, one for three
    /// rows), <c>MixtureRole</c> (key: First, Second, Union), <c>ImageCount</c> (Int32) and <c>Sample</c>.
    /// </returns>
    /// <exception cref="ArgumentException">A number is below 1, or a class has fewer images in the test half than both parts may ask for.</exception>
    public IDataView PlanMixtures(ZooPlan plan, int mixtures = 50, int? firstImages = null, int? secondImages = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(mixtures, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mixtures, HalfRows.MaxCount / 3, nameof(mixtures));
        int first = firstImages ?? plan.ImagesPerModel, second = secondImages ?? plan.ImagesPerModel;
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1, nameof(firstImages));
        ArgumentOutOfRangeException.ThrowIfLessThan(second, 1, nameof(secondImages));
        ZooPlan.RequireImages((long)first + second, plan.Dataset.Shape);
        for (int i = 0; i < plan.Resolved.Classes.Length; i++)
        {
            long most = plan.Resolved.GroupCount > 1 && plan.Resolved.IsOneClassEach
                ? Math.Max(first, second)
                : (long)plan.Resolved.MaxCount(i, first) + plan.Resolved.MaxCount(i, second);
            int there = plan.Pools.Half(plan.Resolved.Classes[i], test: true).Length;
            if (most > there)
                throw new ArgumentException($"The two parts of a mixture may ask for {most} images of class '{plan.Classes[i]}', but its test half has {there}. Ask for fewer images in each part.");
        }

        var rows = new MixtureRows(plan.Pools, plan.Resolved, plan.Seed, mixtures, first, second);
        return rows.ToView(
            [
                PlanColumns.Images(plan.Dataset, null),
                PlanColumns.Shares(plan.Classes),
                PlanColumns.Seed(),
                PlanColumns.Mixture(mixtures),
                PlanColumns.MixtureRole(),
                PlanColumns.ImageCount(),
                PlanColumns.Sample(),
            ]);
    }

    /// <summary>Opens a folder of models, one safetensors file each: those that <c>TrainAutoencoder</c> kept, or any others.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It holds no models, or files that are none and are not to be skipped: they are named.</exception>
    public ZooDirectory LoadZoo(string folder, ZooDirectory.Options? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new ZooDirectory(folder, options ?? new ZooDirectory.Options());
    }

    /// <summary>Opens a folder of other people's models: safetensors and PyTorch checkpoints, in any mixture.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The options do not fit one another.</exception>
    /// <exception cref="InvalidDataException">It holds no models, or files that are none and are not to be skipped: they are named.</exception>
    public ModelFolder LoadModels(string folder, ModelFolder.Options? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ModelFolder.Open(folder, options ?? new ModelFolder.Options());
    }

    /// <summary>Opens a list of files of other people's models.</summary>
    /// <param name="paths">The files; at least one.</param>
    /// <param name="options">How they are read; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are no files, or the options do not fit one another.</exception>
    /// <exception cref="InvalidDataException">None is a model, or some are none and are not to be skipped: they are named.</exception>
    public ModelFolder LoadModels(IEnumerable<string> paths, ModelFolder.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return ModelFolder.Open(paths, options ?? new ModelFolder.Options());
    }

    /// <summary>
    /// Models in memory as a view, with the columns <c>Name</c> and <c>Weights</c>, annotated with its layout where all models have the same; else with a
    /// text column <c>Layout</c>. Properties that a class of your own adds to <see cref="WeightsRow"/>, such as a label, become columns, too.
    /// </summary>
    /// <typeparam name="TRow"><see cref="WeightsRow"/>, or a class that is derived from it.</typeparam>
    /// <param name="models">The models, at least one; enumerated once and kept.</param>
    /// <exception cref="ArgumentException">There are no models, or one has another number of weights than its layout.</exception>
    /// <exception cref="FormatException">A layout is not one.</exception>
    public IDataView FromWeights<TRow>(IEnumerable<TRow> models)
        where TRow : WeightsRow
    {
        ArgumentNullException.ThrowIfNull(models);
        TRow[] kept = [.. models];
        if (kept.Length == 0)
            throw new ArgumentException("There are no models.", nameof(models));
        var layouts = new HashSet<WeightLayout>();
        foreach (TRow model in kept)
        {
            WeightLayout layout = WeightLayout.Parse(model.Layout);
            if (model.Weights.Length != layout.Length)
                throw new ArgumentException($"Model '{model.Name}' has {model.Weights.Length} weights; its layout has {layout.Length}.", nameof(models));
            layouts.Add(layout);
        }

        SchemaDefinition schema = SchemaDefinition.Create(typeof(TRow));
        if (layouts.Count == 1)
        {
            WeightLayout only = layouts.Single();
            schema[ZooColumns.Weights].ColumnType = new VectorDataViewType(NumberDataViewType.Single, only.Length);
            schema[ZooColumns.Weights].AddAnnotation(ZooAnnotations.WeightLayout, only.ToJson().AsMemory(), TextDataViewType.Instance);
            schema.Remove(schema[ZooColumns.Layout]);
        }

        return Context.Data.LoadFromEnumerable(kept, schema);
    }

    /// <summary>
    /// A dataset's images as a view: <c>Images</c> (C·H·W values in [0, 1], annotated with the shape, gathered when they are read),
    /// <c>Label</c> (key with the classes' names) and <c>Index</c> (Int32, the image's number in the dataset).
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="indices">Which images, in which order, such as <see cref="ZooPlan.TrainImages()"/>; null for all in their own order.</param>
    /// <exception cref="ArgumentException">There are no indices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is of no image.</exception>
    public IDataView FromImages(ImageDataset dataset, IEnumerable<int>? indices = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        int[] images = [.. indices ?? Enumerable.Range(0, dataset.Count)];
        if (images.Length == 0)
            throw new ArgumentException("There are no images.", nameof(indices));
        foreach (int image in images)
        {
            if ((uint)image >= (uint)dataset.Count)
                throw new ArgumentOutOfRangeException(nameof(indices), image, $"{dataset.Name} has no image {image}; expected 0 to {dataset.Count - 1}.");
        }

        var annotations = new DataViewSchema.Annotations.Builder();
        ZooAnnotations.AddImageShape(annotations, dataset.Shape);
        ZooAnnotations.AddIsNormalized(annotations);
        return new IndexedView(
            images.Length,
            () => new ImageRow(images),
            [
                IndexedColumn.Vector<ImageRow>(
                    ZooColumns.Images,
                    dataset.Shape.Size,
                    _ => dataset.Shape.Size,
                    (row, values) => dataset.CopyImages([row.Image], values),
                    annotations.ToAnnotations()),
                IndexedColumn.Key<ImageRow>("Label", dataset.ClassCount, row => dataset.Labels[row.Image], ZooAnnotations.ForKeys(dataset.ClassNames)),
                IndexedColumn.Of<ImageRow, int>("Index", NumberDataViewType.Int32, row => row.Image),
            ]);
    }

    /// <summary>
    /// A view of labelled images as a dataset, such as ML.NET's <c>LoadImages</c>, <c>ResizeImages</c> and <c>ExtractPixels</c> (with <c>scaleImage: 1f / 255</c>)
    /// give it of files of one's own. Read at once; pixels are rounded to bytes.
    /// </summary>
    /// <param name="data">A row an image.</param>
    /// <param name="imageColumnName">C·H·W values in [0, 1], channel by channel.</param>
    /// <param name="labelColumnName">The class: text, a key, whose names are the classes', or a Boolean.</param>
    /// <param name="shape">The shape of an image; null where an annotation or the vectors' dimensions C×H×W say it.</param>
    /// <param name="name">What errors and tables call the dataset.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no rows, a row is no image of that shape or has values outside [0, 1], or there are more than 256 classes.</exception>
    public ImageDataset ToImageDataset(
        IDataView data, string imageColumnName = ZooColumns.Images, string labelColumnName = ZooColumns.Label, ImageShape? shape = null, string name = "images")
    {
        ArgumentNullException.ThrowIfNull(data);
        return ImageViewReader.Read(data, imageColumnName, labelColumnName, shape, name);
    }

    private sealed class ImageRow(int[] images) : IndexedRow
    {
        public int Image => images[Index];
    }
}
