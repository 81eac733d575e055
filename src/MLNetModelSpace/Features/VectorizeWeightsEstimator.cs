using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Learns how to turn weights into features: reads the layout of the weights, and, for the families that need it, passes once
/// over the training models (the range of a histogram). Features that need nothing learned cost no pass.
/// </summary>
/// <remarks>
/// The source of the two default families is Nikitina, Bishuk and Bakhteev, "Methods of vector representation of deep generative
/// models" (2025), section 4.1: singular values and histograms of the weights of autoencoders.
/// </remarks>
public sealed partial class VectorizeWeightsEstimator : IEstimator<VectorizeWeightsTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal VectorizeWeightsEstimator(IHostEnvironment env, Options options)
    {
        options.Validate();
        _env = env;
        _options = options.Clone();
    }

    /// <summary>Learns from the training models.</summary>
    /// <param name="input">A view with the column of weights.</param>
    /// <returns>The transformer; it depends on nothing of <paramref name="input"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The column of weights is missing, is no vector of <see cref="float"/>, or has no layout: neither an annotation, nor a text
    /// column beside it, nor <see cref="Options.Layout"/>.
    /// </exception>
    /// <exception cref="InvalidDataException">A row's weights do not fit the layout, are not finite, or the rows have several layouts.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from: no rows, or no tensor that gives features.</exception>
    public VectorizeWeightsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new VectorizeWeightsTransformer(_env, _options, VectorizationFitter.Fit(input, _options));
    }

    /// <summary>The shape of what comes out: the input's with a vector of <see cref="float"/> with slot names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column of weights is missing or is no vector of <see cref="float"/>.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.InputColumnName);
        return FeatureColumns.Append(inputSchema, _options.OutputColumnName);
    }
}
