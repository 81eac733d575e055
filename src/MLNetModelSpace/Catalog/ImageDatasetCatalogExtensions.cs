using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>Views of images, a row each.</summary>
public static class ImageDatasetCatalogExtensions
{
    /// <summary>
    /// A dataset's images as a view: <c>Images</c> (C·H·W values in [0, 1], annotated with the shape, gathered when they are read),
    /// <c>Label</c> (key with the classes' names) and <c>Index</c> (Int32, the image's number in the dataset).
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="indices">Which images, in which order, such as <see cref="ZooPlan.TrainImages()"/>; null for all in their own order.</param>
    /// <exception cref="ArgumentException">There are no indices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is of no image.</exception>
    public static IDataView LoadImages(this ModelSpaceCatalog catalog, ImageDataset dataset, IEnumerable<int>? indices = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
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

    private sealed class ImageRow(int[] images) : IndexedRow
    {
        public int Image => images[Index];
    }
}
