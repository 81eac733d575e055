using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(VectorizeWeightsTransformer), null, typeof(SignatureLoadModel), VectorizeWeightsTransformer.LoaderName, VectorizeWeightsTransformer.LoaderName)]

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
        _options.Seed = ContextSeed.Or(env, options.Seed);
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
    /// <exception cref="OperationCanceledException"><see cref="Options.CancellationToken"/> said so.</exception>
    public VectorizeWeightsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var report = new RowReport(_env, "VectorizeWeights.Fit", input.GetRowCount(), _options.Progress);
        return new VectorizeWeightsTransformer(_env, _options, VectorizationFitter.Fit(input, _options, report));
    }

    /// <summary>What is computed, and from which column, on one line.</summary>
    public override string ToString() => $"VectorizeWeights: {_options.InputColumnName} → {_options.OutputColumnName}; {_options.Features}";

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
/// Turns the weights of each row into features, lazily, with buffers of its own for each cursor. A column of weights that carries
/// no layout, and has no text column of layouts beside it (or an empty text there), has the fitted one, or that of the options.
/// </summary>
/// <remarks>
/// Reading a row throws <see cref="InvalidDataException"/> (behind ML.NET's cursors as the <see cref="Exception.GetBaseException"/>)
/// where its weights do not fit their layout, are of another layout than the fitted one, or are not finite.
/// </remarks>
public sealed class VectorizeWeightsTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceVectorize";

    private static readonly ModelFormat s_format = new("MSVECTOR", LoaderName, 1);
    private readonly string _output;
    private readonly string _input;
    private readonly string _layouts;
    private readonly WeightLayout? _layout;
    private readonly Vectorization _vectorization;

    internal VectorizeWeightsTransformer(IHostEnvironment env, VectorizeWeightsEstimator.Options options, Vectorization vectorization)
        : this(env, options.OutputColumnName, options.InputColumnName, options.LayoutColumnName, options.Layout, vectorization)
    {
    }

    private VectorizeWeightsTransformer(IHostEnvironment env, string output, string input, string layouts, WeightLayout? layout, Vectorization vectorization)
        : base(env, s_format)
    {
        _output = output;
        _input = input;
        _layouts = layouts;
        _layout = vectorization.Layout ?? layout;
        _vectorization = vectorization;
    }

    /// <summary>What each number of the features is, in order; the same as the column's slot names.</summary>
    public IReadOnlyList<string> SlotNames => _vectorization.Slots;

    private static VectorizeWeightsTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static VectorizeWeightsTransformer Read(IHostEnvironment env, BinaryReader reader)
    {
        string output = ModelContent.ReadText(reader, "output column");
        string input = ModelContent.ReadText(reader, "input column");
        string layouts = ModelContent.ReadText(reader, "layout column");
        if (output.Length == 0 || input.Length == 0 || layouts.Length == 0)
            throw new InvalidDataException("A column has no name.");
        string layout = ModelContent.ReadText(reader, "layout");
        return new VectorizeWeightsTransformer(
            env, output, input, layouts, layout.Length == 0 ? null : WeightLayout.Parse(layout), FeatureFamilies.Read(reader));
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_output);
        writer.Write(_input);
        writer.Write(_layouts);

        // Features tensor by tensor write the layout they are for themselves.
        writer.Write(_vectorization.Layout is null && _layout is not null ? _layout.ToJson() : "");
        FeatureFamilies.Write(writer, _vectorization);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput source = WeightsInput.Resolve(input, _input, _layouts, _layout);
        if (_vectorization.Layout is { } fitted)
            source.RequireLayout(fitted);
        return new VectorBinding(input, _output, source, _vectorization);
    }
}
