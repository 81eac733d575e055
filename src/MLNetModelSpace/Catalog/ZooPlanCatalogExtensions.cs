using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Plans of zoos.</summary>
public static class ZooPlanCatalogExtensions
{
    /// <summary>Plans a zoo: models for training and models for testing that share no image and no seed.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="dataset">Where the samples are drawn from.</param>
    /// <param name="models">
    /// Models for training, and again for testing: for each class (or list of proportions) where each model has one, and in all where
    /// shares are drawn.
    /// </param>
    /// <param name="shares">Which classes, in what proportions; null for one class each over all classes.</param>
    /// <param name="imagesPerModel">Images that one model is trained on.</param>
    /// <param name="seed">Decides all that is random in the plan.</param>
    /// <param name="folds">In how many folds, which share no image, the models come.</param>
    /// <exception cref="ArgumentException">
    /// A number is below 1, a class is unknown or named twice, or a class has too few images for its folds.
    /// </exception>
    public static ZooPlan PlanZoo(
        this ModelSpaceCatalog catalog,
        ImageDataset dataset,
        int models = 200,
        ZooShares? shares = null,
        int imagesPerModel = 200,
        long seed = 1,
        int folds = 2) =>
        PlanZoo(catalog, dataset, new ZooPlanOptions { Models = models, Shares = shares, ImagesPerModel = imagesPerModel, Seed = seed, Folds = folds });

    /// <summary>Plans a zoo by options.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="dataset">Where the samples are drawn from.</param>
    /// <param name="options">How; copied.</param>
    /// <exception cref="ArgumentException">
    /// A number is below 1, a class is unknown or named twice, or a class has too few images for its folds.
    /// </exception>
    public static ZooPlan PlanZoo(this ModelSpaceCatalog catalog, ImageDataset dataset, ZooPlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        return new ZooPlan(dataset, options);
    }

    /// <summary>
    /// Plans mixtures, in rows of three: a model on a sample D₁, one on a sample D₂ that shares no image with it, and one on D₁ ∪ D₂. Images
    /// are of the plan's test half, whose folds do not count here; seeds are those of no model of the plan.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="plan">
    /// The plan whose classes and shares they have: each part draws its own; where a model has one class, the two parts have different ones.
    /// </param>
    /// <param name="mixtures">How many, at least 1; the view has three rows for each.</param>
    /// <param name="firstImages">Images of each D₁; 0 for the plan's <see cref="ZooPlan.ImagesPerModel"/>.</param>
    /// <param name="secondImages">Images of each D₂; 0 for the plan's <see cref="ZooPlan.ImagesPerModel"/>.</param>
    /// <returns>
    /// A view with the columns <c>Images</c> (of as many images as the row has), <c>Shares</c>, <c>Seed</c>, <c>Mixture</c> (key, one for three
    /// rows), <c>MixtureRole</c> (key: First, Second, Union), <c>ImageCount</c> (Int32) and <c>Sample</c>.
    /// </returns>
    /// <exception cref="ArgumentException">A number is negative, or a class has fewer images in the test half than both parts may ask for.</exception>
    public static IDataView PlanMixtures(this ModelSpaceCatalog catalog, ZooPlan plan, int mixtures = 50, int firstImages = 0, int secondImages = 0)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(mixtures, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mixtures, HalfRows.MaxCount / 3, nameof(mixtures));
        ArgumentOutOfRangeException.ThrowIfNegative(firstImages);
        ArgumentOutOfRangeException.ThrowIfNegative(secondImages);
        int first = firstImages == 0 ? plan.ImagesPerModel : firstImages;
        int second = secondImages == 0 ? plan.ImagesPerModel : secondImages;
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
}
