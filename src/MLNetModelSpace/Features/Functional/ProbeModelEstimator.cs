using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ProbeModelTransformer), null, typeof(SignatureLoadModel), ProbeModelTransformer.LoaderName, ProbeModelTransformer.LoaderName)]

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
        _options.Seed = ContextSeed.Or(env, options.Seed);
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
            ? StationaryLearner.Learn(
                input, source, _options.Stationarity.LabelColumnName!, plan, _options.Threads ?? -1, _options.CancellationToken,
                new RowReport(_env, "ProbeModel.Fit", input.GetRowCount(), _options.Progress))
            : null;
        return new ProbeModelTransformer(
            _env, _options.OutputColumnName, _options.InputColumnName, _options.LayoutColumnName, layout, new ProbeVectorization(plan, mixtures),
            _options.Threads ?? -1, _options.CancellationToken, _options.Progress);
    }

    /// <summary>What is asked of models, and of which column, on one line.</summary>
    public override string ToString() => $"ProbeModel: {_options.InputColumnName} → {_options.OutputColumnName}; {_options.Features}";

    /// <summary>The shape of what comes out: the input's with a vector of <see cref="float"/> with slot names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column of weights is missing or is no vector of <see cref="float"/>.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.InputColumnName);
        return FeatureColumns.Append(inputSchema, _options.OutputColumnName);
    }
}

/// <summary>
/// Runs the model of each row on fixed probes and describes its answers, lazily. Serves models of any architecture whose images have
/// the fitted shape; weights that say nothing of their layout, or an empty text, have the fitted one.
/// </summary>
/// <remarks>
/// A cursor reads a batch of rows ahead and runs models of one layout side by side, on all cores; a row's numbers are the same bits in any company and on any
/// number of threads. Reading a row throws <see cref="InvalidDataException"/> (behind ML.NET's cursors as the <see cref="Exception.GetBaseException"/>)
/// where its weights do not fit their layout, are not finite, cannot be run, or take images of another shape.
/// </remarks>
public sealed class ProbeModelTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceProbe";

    private static readonly ModelFormat s_format = new("MSPROBES", LoaderName, 1);
    private readonly string _output;
    private readonly string _input;
    private readonly string _layouts;
    private readonly WeightLayout? _layout;
    private readonly ProbeVectorization _vectorization;
    private readonly int _maxThreads;
    private readonly CancellationToken _cancel;
    private readonly IProgress<RowProgress>? _progress;

    internal ProbeModelTransformer(
        IHostEnvironment env, string output, string input, string layouts, WeightLayout? layout, ProbeVectorization vectorization,
        int maxThreads = -1, CancellationToken cancel = default, IProgress<RowProgress>? progress = null)
        : base(env, s_format)
    {
        _output = output;
        _input = input;
        _layouts = layouts;
        _layout = layout;
        _vectorization = vectorization;
        _maxThreads = maxThreads;
        _cancel = cancel;
        _progress = progress;
    }

    /// <summary>What each number of the features is, in order; the same as the column's slot names.</summary>
    public IReadOnlyList<string> SlotNames => _vectorization.Slots;

    private static ProbeModelTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static ProbeModelTransformer Read(IHostEnvironment env, BinaryReader reader)
    {
        string output = ModelContent.ReadText(reader, "output column");
        string input = ModelContent.ReadText(reader, "input column");
        string layouts = ModelContent.ReadText(reader, "layout column");
        if (output.Length == 0 || input.Length == 0 || layouts.Length == 0)
            throw new InvalidDataException("A column has no name.");
        string layout = ModelContent.ReadText(reader, "layout");
        return new ProbeModelTransformer(
            env, output, input, layouts, layout.Length == 0 ? null : WeightLayout.Parse(layout), ProbeVectorization.Read(reader));
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_output);
        writer.Write(_input);
        writer.Write(_layouts);
        writer.Write(_layout?.ToJson() ?? "");
        _vectorization.Write(writer);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput source = WeightsInput.Resolve(input, _input, _layouts, _layout);
        return new BatchBinding(
            input, FeatureColumns.Create(_output, _vectorization.Slots), source, single => new ProbeBatches(_vectorization, single, _maxThreads, _cancel),
            () => new RowReport(Host, "ProbeModel", rows, _progress), _cancel);
    }
}
