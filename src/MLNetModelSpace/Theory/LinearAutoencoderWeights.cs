using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Theory;

/// <summary>The weights of a linear autoencoder x̂ = W₂(W₁x + b₁) + b₂, in float64, as the formulas of the paper's Section 3 take them.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class LinearAutoencoderWeights
{
    private const string EncoderPrefix = "encoder.";
    private const string DecoderPrefix = "decoder.";
    private const string WeightSuffix = ".weight";
    private const string BiasSuffix = ".bias";
    private readonly Vector<double> _encoderBias;
    private readonly Vector<double> _decoderBias;

    /// <summary>A linear autoencoder from its matrices, which are copied.</summary>
    /// <param name="encoder">W₁, k × d.</param>
    /// <param name="decoder">W₂, d × k.</param>
    /// <param name="encoderBias">b₁, k values; zero where null.</param>
    /// <param name="decoderBias">b₂, d values; zero where null.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a value is not finite.</exception>
    public LinearAutoencoderWeights(
        Matrix<double> encoder, Matrix<double> decoder, IReadOnlyList<double>? encoderBias = null, IReadOnlyList<double>? decoderBias = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        int k = encoder.RowCount, d = encoder.ColumnCount;
        if (decoder.RowCount != d || decoder.ColumnCount != k)
        {
            throw new ArgumentException($"The encoder is {k} x {d}, so the decoder is {d} x {k}; this one is {decoder.RowCount} x {decoder.ColumnCount}.", nameof(decoder));
        }

        InformationGuard.Finite(encoder, nameof(encoder));
        InformationGuard.Finite(decoder, nameof(decoder));
        EncoderView = encoder.Clone();
        DecoderView = decoder.Clone();
        _encoderBias = Bias(encoderBias, k, nameof(encoderBias));
        _decoderBias = Bias(decoderBias, d, nameof(decoderBias));
        EncoderBias = Array.AsReadOnly(_encoderBias.ToArray());
        DecoderBias = Array.AsReadOnly(_decoderBias.ToArray());
    }

    /// <summary>d, the number of inputs and outputs.</summary>
    public int InputDimension => EncoderView.ColumnCount;

    /// <summary>k, the length of the code.</summary>
    public int CodeDimension => EncoderView.RowCount;

    /// <summary>W₁, k × d, a copy.</summary>
    public Matrix<double> Encoder => EncoderView.Clone();

    /// <summary>W₂, d × k, a copy.</summary>
    public Matrix<double> Decoder => DecoderView.Clone();

    /// <summary>b₁, k values.</summary>
    public IReadOnlyList<double> EncoderBias { get; }

    /// <summary>b₂, d values.</summary>
    public IReadOnlyList<double> DecoderBias { get; }

    internal Matrix<double> EncoderView { get; }

    internal Matrix<double> DecoderView { get; }

    /// <summary>The PCA optimum for a source: W₁ = Uᵀ, W₂ = U with U the first k principal directions, the bias that of the mean.</summary>
    /// <param name="x">The Gaussian source of the data.</param>
    /// <param name="code">k, from 1 to d.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="code"/> is out of range.</exception>
    public static LinearAutoencoderWeights Pca(GaussianMoments x, int code)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (code < 1 || code > x.Dimension)
        {
            throw new ArgumentOutOfRangeException(nameof(code), code, $"A code of {x.Dimension} dimensions has 1 to {x.Dimension}.");
        }

        // Evd gives ascending eigenvalues: the principal directions are the last columns.
        var principal = x.Eigenvectors.SubMatrix(0, x.Dimension, x.Dimension - code, code);
        var bias = x.MeanView - (principal * principal.TransposeThisAndMultiply(x.MeanView));
        return new LinearAutoencoderWeights(principal.Transpose(), principal, null, bias.ToArray());
    }

    /// <summary>Reads the trained linear autoencoders of a zoo, one a row, in the order of the rows.</summary>
    /// <param name="models">A view with a column of weights, as <c>TrainAutoencoder</c> and <c>LoadZoo</c> give.</param>
    /// <param name="weightsColumnName">The column of weights; its layout is its annotation, or the text in <paramref name="layoutColumnName"/>.</param>
    /// <param name="layoutColumnName">The text column with the layout of each row, used where the weights have no annotation.</param>
    /// <returns>The models, read one at a time as the sequence is walked.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The column of weights is missing, no vector of <see cref="float"/>, or without a layout.</exception>
    /// <exception cref="ArgumentException">A model is not linear (the architecture or the tensors say so), or its weights are not finite.</exception>
    public static IEnumerable<LinearAutoencoderWeights> Read(
        IDataView models, string weightsColumnName = ZooColumns.Weights, string layoutColumnName = ZooColumns.Layout)
    {
        ArgumentNullException.ThrowIfNull(models);
        var weights = SchemaErrors.RequireFloatVector(models.Schema, weightsColumnName, knownSize: false);
        var fixedLayout = ZooAnnotations.GetWeightLayout(weights);
        var layout = fixedLayout is null ? models.Schema.GetColumnOrNull(layoutColumnName) : null;
        if (fixedLayout is null && (layout is null || layout.Value.Type is not TextDataViewType))
        {
            throw SchemaErrors.Mismatch(
                weightsColumnName, $"an annotation '{ZooAnnotations.WeightLayout}' or a text column '{layoutColumnName}' beside it", weights.Type.ToString()!);
        }

        if (fixedLayout is not null)
        {
            CheckLinear(fixedLayout, row: null);
        }

        return Walk(models, weights, fixedLayout, layout);
    }

    /// <summary>A linear autoencoder from a flattened weight vector and its layout.</summary>
    /// <param name="weights">All parameters, in the order of the layout.</param>
    /// <param name="layout">
    /// Tensors <c>encoder.weight</c> [k, d] and <c>decoder.weight</c> [d, k], and <c>encoder.bias</c>, <c>decoder.bias</c> where the model has them. Several linear layers each way
    /// (<c>encoder.0.weight</c> and so on) are composed into one, where the architecture says that no activation stands between them.
    /// </param>
    /// <exception cref="ArgumentException">The layout is not that of a linear autoencoder, the vector is of another length, or a value is not finite.</exception>
    public static LinearAutoencoderWeights FromVector(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        CheckLinear(layout, row: null);
        return Parse(weights, layout);
    }

    internal Vector<double> Reconstruct(Vector<double> x) => (DecoderView * ((EncoderView * x) + _encoderBias)) + _decoderBias;

    private static IEnumerable<LinearAutoencoderWeights> Walk(
        IDataView models, DataViewSchema.Column weights, WeightLayout? fixedLayout, DataViewSchema.Column? layoutColumn)
    {
        var active = layoutColumn is { } text ? new[] { weights, text } : [weights];
        using var cursor = models.GetRowCursor(active);
        var weightsGetter = cursor.GetGetter<VBuffer<float>>(weights);
        var layoutGetter = layoutColumn is { } column ? cursor.GetGetter<ReadOnlyMemory<char>>(column) : null;
        VBuffer<float> buffer = default;
        ReadOnlyMemory<char> json = default;
        while (cursor.MoveNext())
        {
            var layout = fixedLayout;
            if (layoutGetter is not null)
            {
                layoutGetter(ref json);
                layout = WeightLayout.Parse(json.ToString());
                CheckLinear(layout, cursor.Position);
            }

            weightsGetter(ref buffer);
            var values = new float[buffer.Length];
            buffer.CopyTo(values);
            yield return Parse(values, layout!);
        }
    }

    private static void CheckLinear(WeightLayout layout, long? row)
    {
        string where = row is { } position ? string.Create(CultureInfo.InvariantCulture, $"The model of row {position}") : "The model";
        if (layout.Architecture.Length > 0 && !IsLinear(layout.Architecture))
        {
            throw new ArgumentException(
                $"{where} is no linear autoencoder: its architecture is {layout.Architecture}, and the formula holds for a {nameof(LinearAutoencoder)} without activations only.",
                nameof(layout));
        }

        var (encoder, decoder) = Chains(layout);

        // Between several layers of an unknown architecture anything may stand.
        bool known = layout.Architecture.Length > 0 || encoder.Count == 1;
        bool named = encoder.Count > 0 && encoder.Count == decoder.Count && known && layout.Tensors.All(tensor => IsNamed(tensor.Name));
        if (!named || !Fits(layout, [.. encoder, .. decoder]))
        {
            throw new ArgumentException(
                $"{where} is no linear autoencoder: encoder.weight [k, d] and decoder.weight [d, k] with encoder.bias [k] and decoder.bias [d] or none are expected "
                + $"(encoder.0.weight and so on where the architecture is known to have several layers); the layout is {layout}.",
                nameof(layout));
        }
    }

    private static bool IsLinear(string architecture)
    {
        try
        {
            return Architecture.Parse(architecture) is LinearAutoencoder { Activation: HiddenActivation.Identity, Output: OutputActivation.Identity };
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsNamed(string tensor) =>
        (tensor.StartsWith(EncoderPrefix, StringComparison.Ordinal) || tensor.StartsWith(DecoderPrefix, StringComparison.Ordinal))
        && (tensor.EndsWith(WeightSuffix, StringComparison.Ordinal) || tensor.EndsWith(BiasSuffix, StringComparison.Ordinal));

    /// <summary>The names of the layers of each side, in the order of the layout.</summary>
    private static (List<string> Encoder, List<string> Decoder) Chains(WeightLayout layout)
    {
        List<string> Of(string prefix) =>
        [
            .. layout.Tensors.Select(tensor => tensor.Name)
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(WeightSuffix, StringComparison.Ordinal))
                .Select(name => name[..^WeightSuffix.Length]),
        ];

        return (Of(EncoderPrefix), Of(DecoderPrefix));
    }

    /// <summary>Whether every layer is a matrix that takes what the one before gives, the last giving what the first takes, with biases to match.</summary>
    private static bool Fits(WeightLayout layout, List<string> chain)
    {
        int input = -1, output = -1, tensors = 0;
        foreach (string layer in chain)
        {
            var weight = layout.Tensors[layout.IndexOf(layer + WeightSuffix)];
            int bias = layout.IndexOf(layer + BiasSuffix);
            if (weight.Rank != 2 || weight.Length == 0
                || (output >= 0 && weight.Shape[1] != output)
                || (bias >= 0 && !layout.Tensors[bias].Shape.SequenceEqual([weight.Shape[0]])))
            {
                return false;
            }

            input = input < 0 ? weight.Shape[1] : input;
            output = weight.Shape[0];
            tensors += bias >= 0 ? 2 : 1;
        }

        return input == output && tensors == layout.Tensors.Count;
    }

    private static LinearAutoencoderWeights Parse(ReadOnlySpan<float> weights, WeightLayout layout)
    {
        var (encoder, decoder) = Chains(layout);
        var (encoderWeight, encoderBias) = Compose(weights, layout, encoder);
        var (decoderWeight, decoderBias) = Compose(weights, layout, decoder);
        return new LinearAutoencoderWeights(encoderWeight, decoderWeight, encoderBias.ToArray(), decoderBias.ToArray());
    }

    /// <summary>Layers without activations between them, as the one affine map they are.</summary>
    private static (Matrix<double> Weight, Vector<double> Bias) Compose(ReadOnlySpan<float> weights, WeightLayout layout, List<string> layers)
    {
        Matrix<double>? map = null;
        Vector<double>? offset = null;
        foreach (string layer in layers)
        {
            int index = layout.IndexOf(layer + WeightSuffix);
            var (rows, columns) = layout.Tensors[index].AsMatrix;
            var weight = Matrix<double>.Build.Dense(columns, rows, Widen(layout.Slice(weights, index))).Transpose();
            int bias = layout.IndexOf(layer + BiasSuffix);
            var shift = bias < 0 ? Vector<double>.Build.Dense(rows) : Vector<double>.Build.Dense(Widen(layout.Slice(weights, bias)));
            offset = offset is null ? shift : (weight * offset) + shift;
            map = map is null ? weight : weight * map;
        }

        return (map!, offset!);
    }

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, wide.AsSpan());
        return wide;
    }

    private static Vector<double> Bias(IReadOnlyList<double>? bias, int length, string name)
    {
        if (bias is null)
        {
            return Vector<double>.Build.Dense(length);
        }

        if (bias.Count != length)
        {
            throw new ArgumentException($"The bias has {length} values; this one has {bias.Count}.", name);
        }

        InformationGuard.Finite(bias, name);
        return Vector<double>.Build.DenseOfEnumerable(bias);
    }
}
