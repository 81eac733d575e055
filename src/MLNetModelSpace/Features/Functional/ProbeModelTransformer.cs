using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ProbeModelTransformer), null, typeof(SignatureLoadModel), ProbeModelTransformer.LoaderName, ProbeModelTransformer.LoaderName)]

namespace MLNetModelSpace;

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

    internal ProbeModelTransformer(
        IHostEnvironment env, string output, string input, string layouts, WeightLayout? layout, ProbeVectorization vectorization,
        int maxThreads = -1, CancellationToken cancel = default)
        : base(env, s_format)
    {
        _output = output;
        _input = input;
        _layouts = layouts;
        _layout = layout;
        _vectorization = vectorization;
        _maxThreads = maxThreads;
        _cancel = cancel;
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
            input, FeatureColumns.Create(_output, _vectorization.Slots), source, single => new ProbeBatches(_vectorization, single, _maxThreads, _cancel), _cancel);
    }
}
