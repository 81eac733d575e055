using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using ScottPlot;
using SkiaSharp;

namespace Examples.ModelSearch;

/// <summary>A query's images, and the model that was found for them.</summary>
/// <param name="Images">Of the query.</param>
/// <param name="Shares">What they are, in words.</param>
/// <param name="Position">The model's row in the zoo.</param>
/// <param name="Found">What it was trained on, in words.</param>
internal sealed record FoundImages(float[] Images, string Shares, int Position, string Found)
{
    private const int Columns = 10, Rows = 2, Magnified = 2, Gap = 8, PlotWidth = 470, PlotHeight = 142;

    /// <summary>Draws some of each query's images beside some of those that the found model was trained on.</summary>
    public static Picture Draw(IReadOnlyList<FoundImages> queries, IDataView zoo, ImageShape shape)
    {
        Dictionary<int, float[]> training = Read(zoo, [.. queries.Select(query => query.Position)]);
        var picture = new Picture("Left: unseen images that were searched for. Right: what the model that was found without training was trained on.", 2, PlotWidth, PlotHeight);
        foreach (FoundImages query in queries)
        {
            picture.Add(Draw($"query: {query.Shares}", query.Images, shape));
            picture.Add(Draw($"model {query.Position}: {query.Found}", training[query.Position], shape));
        }

        return picture;
    }

    private static Plot Draw(string title, float[] images, ImageShape shape)
    {
        Plot plot = PictureStyle.NewPlot(title);
        plot.Axes.Title.Label.FontSize = 12;
        plot.HideGrid();
        foreach (IAxis axis in plot.Axes.GetAxes())
            axis.IsVisible = false;
        using SKBitmap bitmap = Tile(images, shape);
        plot.Add.ImageRect(new Image(bitmap), new CoordinateRect(0, bitmap.Width, 0, bitmap.Height));
        plot.Axes.SetLimits(-Gap, bitmap.Width + Gap, 0, bitmap.Height);
        plot.Axes.SquareUnits();
        return plot;
    }

    /// <summary>Some images from first to last, which are in order of classes, in rows; each pixel is a square.</summary>
    private static SKBitmap Tile(float[] images, ImageShape shape)
    {
        int width = (shape.Width + 1) * Magnified, height = (shape.Height + 1) * Magnified, plane = shape.Height * shape.Width;
        var bitmap = new SKBitmap(Columns * width, Rows * height);
        bitmap.Erase(SKColors.White);
        int count = images.Length / shape.Size, shown = Math.Min(Columns * Rows, count);
        for (int i = 0; i < shown; i++)
        {
            for (int y = 0; y < shape.Height * Magnified; y++)
            {
                for (int x = 0; x < shape.Width * Magnified; x++)
                {
                    int at = (i * count / shown * shape.Size) + (y / Magnified * shape.Width) + (x / Magnified);
                    byte Of(int channel) => (byte)Math.Round(255 * Math.Clamp(images[at + (Math.Min(channel, shape.Channels - 1) * plane)], 0, 1));
                    bitmap.SetPixel((i % Columns * width) + x, (i / Columns * height) + y, new SKColor(Of(0), Of(1), Of(2)));
                }
            }
        }

        return bitmap;
    }

    /// <summary>The images of some rows; the others are passed over.</summary>
    private static Dictionary<int, float[]> Read(IDataView zoo, HashSet<int> positions)
    {
        DataViewSchema.Column column = zoo.Schema[ZooColumns.Images];
        using DataViewRowCursor cursor = zoo.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        var found = new Dictionary<int, float[]>();
        VBuffer<float> images = default;
        for (int row = 0; found.Count < positions.Count && cursor.MoveNext(); row++)
        {
            if (!positions.Contains(row))
                continue;
            getter(ref images);
            found.Add(row, [.. images.DenseValues()]);
        }

        return found;
    }
}
