using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Runs the model of each row on fixed inputs and describes its answers: functional features, which tell what weights alone may
/// hide, and which are to be reported apart from weights-only ones. Learns nothing but the shape of the images, unless
/// <see cref="ProbeFeatures.Stationarity"/> is asked for.
/// </summary>
/// <remarks>
/// The model is made from its weights and the architecture that its layout names, by <see cref="Architecture.CreateModule"/>. What
/// a network answers on fixed inputs is the same for all weights that are the same function.
/// </remarks>
public sealed partial class ProbeModelEstimator : IEstimator<ProbeModelTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal ProbeModelEstimator(IHostEnvironment env, Options options)
    {
        options.Validate();
        _env = env;
        _options = options.Clone();
    }

    /// <summary>Reads the image shape from the layout and prepares the probes; only <see cref="ProbeFeatures.Stationarity"/> runs models.</summary>
    /// <param name="input">A view with the column of weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The column of weights is missing, is no vector of <see cref="float"/>, or has no layout, or one whose architecture cannot be run.
    /// </exception>
    /// <exception cref="ArgumentException">The reference images are of another shape than the models' input.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, where they say their layouts or are learned from.</exception>
    /// <exception cref="InvalidDataException">A row that is learned from has no class, or a model that cannot be run.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, while models were learned from.</exception>
    public ProbeModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        WeightsInput source = WeightsInput.Resolve(input.Schema, _options.InputColumnName, _options.LayoutColumnName, _options.Layout);
        WeightLayout layout = source.Layout ?? source.ReadFirstLayout(input);
        ImageShape shape = RunnableModel.Find(layout)?.Shape ?? throw SchemaErrors.Mismatch(
            _options.InputColumnName, "weights whose layout names an architecture that can be run, with the shape of its images", layout.ToString());
        ProbePlan plan = _options.ToPlan(shape);
        StationaryMixtures? mixtures = plan.Features.HasFlag(ProbeFeatures.Stationarity)
            ? StationaryLearner.Learn(input, source, _options.Stationarity.LabelColumnName!, plan, _options.MaxThreads, _options.CancellationToken)
            : null;
        return new ProbeModelTransformer(
            _env, _options.OutputColumnName, _options.InputColumnName, _options.LayoutColumnName, layout, new ProbeVectorization(plan, mixtures),
            _options.MaxThreads, _options.CancellationToken);
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
