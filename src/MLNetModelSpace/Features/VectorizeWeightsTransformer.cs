using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(VectorizeWeightsTransformer), null, typeof(SignatureLoadModel), VectorizeWeightsTransformer.LoaderName, VectorizeWeightsTransformer.LoaderName)]

namespace MLNetModelSpace;

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
