using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using MLNetModelSpace;
using MLNetModelSpace.Theory;

namespace Examples.InformationLoss;

/// <summary>The paper's theorem 1 on the linear zoo, as printed and in the forms that are finite, in nats.</summary>
internal sealed class TheoremTable
{
    /// <summary>The models that are asked; the forms of statement 2 take a while for each.</summary>
    private const int Models = 2;

    /// <summary>σ², the resolution of a pixel: 8 grey levels of 256.</summary>
    private const double NoiseVariance = 1e-3;

    private readonly List<(string Statement, string Form, double Nats)> _rows = [];
    private readonly string _title;

    private TheoremTable(string title) => _title = title;

    /// <summary>Measures the first models that were trained on one class.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="className">The class whose images are the source of data.</param>
    /// <param name="zoo">Linear autoencoders; rows of two classes take turns.</param>
    /// <param name="images">Images each model was trained on.</param>
    /// <param name="folds">In how many folds each half of the class's images came.</param>
    public static TheoremTable Measure(ImageDataset dataset, string className, IDataView zoo, int images, int folds)
    {
        ReadOnlySpan<int> indices = dataset.IndicesOf(dataset.ClassIndex(className));
        int d = dataset.Shape.Size, n = indices.Length / (2 * folds);
        float[] pixels = new float[indices.Length * d];
        dataset.CopyImages(indices, pixels);
        GaussianMoments x = GaussianMoments.FromSamples(
            Matrix<double>.Build.Dense(indices.Length, d, (i, j) => pixels[(i * d) + j]), new GaussianMoments.Options { NoiseVariance = NoiseVariance });
        LinearAutoencoderWeights[] models = [.. LinearAutoencoderWeights.Read(zoo).Where((_, row) => row % 2 == 0).Take(Models)];
        double p = images / (double)n;
        double[] spectrum = [.. x.Eigenvalues.Take(models[0].CodeDimension)];

        var table = new TheoremTable(FormattableString.Invariant($"Theorem 1, {className}: n = {n}, m = {images}, {models.Length} linear models, σ² = {NoiseVariance}"));
        table.Add("1: images", "n p H(x), as printed", SubsampleInformation.AsPrinted(n, p, x));
        table.Add("1: images", "finite n", SubsampleInformation.FiniteSample(n, p, x));
        table.Add("1: images", "seen through the noise", SubsampleInformation.Observed(n, p, x, NoiseVariance));
        table.Add("2: weights", "as printed", models, model => LinearAutoencoderInformation.AsPrinted(x, model, images));
        table.Add("2: weights", "regularised", models, model => LinearAutoencoderInformation.Regularized(x, model, images, NoiseVariance));
        table.Add("2: weights", "channel x to reconstruction", models, model => LinearAutoencoderInformation.Channel(x, model, images, NoiseVariance));
        table.Add("2: weights", "code, best decoder", models, model => LinearAutoencoderInformation.Code(x, model, images, NoiseVariance));
        table.Add("2: weights", "rate at the model's error", models, model => LinearAutoencoderInformation.Rate(x, model, images));
        table.Add("2: weights", "printed form at the PCA optimum", LinearAutoencoderInformation.AsPrinted(x, LinearAutoencoderWeights.Pca(x, models[0].CodeDimension), images));
        table.Add("3: singular values", "as printed", SpectrumInformation.AsPrinted(spectrum, images));
        table.Add("3: singular values", "read to 1e-3", SpectrumInformation.Observed(spectrum, images, 1e-6));
        return table;
    }

    public ReportTable ToReport()
    {
        var table = new ReportTable(_title, new("statement", Left: true), new("form", Left: true), new("nats"));
        foreach ((string statement, string form, double nats) in _rows)
            table.Row(statement, form, nats.ToString("N0", CultureInfo.InvariantCulture));
        return table;
    }

    private void Add(string statement, string form, InformationEstimate estimate) => _rows.Add((statement, form, estimate.Nats));

    private void Add(string statement, string form, LinearAutoencoderWeights[] models, Func<LinearAutoencoderWeights, InformationEstimate> measure) =>
        _rows.Add((statement, form, models.Average(model => measure(model).Nats)));
}
