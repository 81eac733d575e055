using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(GraphDescriptorsTransformer), null, typeof(SignatureLoadModel), GraphDescriptorsTransformer.LoaderName, GraphDescriptorsTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>Describes models by the spectra of their graphs. Immutable and thread-safe.</summary>
public sealed class GraphDescriptorsTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceGraphSpectrum";

    private static readonly ModelFormat s_format = new("MSGRAPHD", LoaderName, 1);
    private readonly string _output;
    private readonly string _weights;
    private readonly string _layouts;

    internal GraphDescriptorsTransformer(IHostEnvironment env, string output, string weights, string layouts, WeightLayout layout)
        : base(env, s_format)
    {
        (_output, _weights, _layouts, Layout) = (output, weights, layouts, layout);
        SlotNames = new GraphDescriptors(NetworkChain.Of(layout)).Slots;
    }

    /// <summary>The layout of the weights that it reads.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Names of the descriptors.</summary>
    public IReadOnlyList<string> SlotNames { get; }

    private static GraphDescriptorsTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static GraphDescriptorsTransformer Read(IHostEnvironment env, BinaryReader reader) =>
        new(
            env, ModelContent.ReadText(reader, "output column"), ModelContent.ReadText(reader, "weights column"),
            ModelContent.ReadText(reader, "layout column"), WeightLayout.Parse(ModelContent.ReadText(reader, "layout")));

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_output);
        writer.Write(_weights);
        writer.Write(_layouts);
        writer.Write(Layout.ToJson());
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput weights = WeightsInput.Resolve(input, _weights, _layouts, Layout);
        weights.RequireLayout(Layout);
        return new Binding(this, input, weights);
    }

    private sealed class Binding(GraphDescriptorsTransformer owner, DataViewSchema input, WeightsInput weights) : RowBinding(
        input,
        [new AddedColumn(owner._output, new VectorDataViewType(NumberDataViewType.Single, owner.SlotNames.Count), ZooAnnotations.ForSlots(owner.SlotNames))],
        weights.Columns.Select(column => column.Index))
    {
        public override Delegate?[] CreateGetters(DataViewRow row, ReadOnlySpan<bool> active)
        {
            if (!active[0])
                return new Delegate?[1];
            WeightsReader reader = weights.CreateReader(row);
            var descriptors = new GraphDescriptors(NetworkChain.Of(owner.Layout));
            ValueGetter<VBuffer<float>> result = (ref VBuffer<float> value) =>
            {
                ReadOnlySpan<float> values = reader.Read(out WeightLayout layout);
                if (!WeightsInput.Matches(layout, owner.Layout))
                    throw new InvalidDataException($"Row {row.Position} is of {layout}; the descriptors were fitted to {owner.Layout}.");
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, descriptors.Slots.Count);
                descriptors.Evaluate(values, editor.Values);
                value = editor.Commit();
            };
            return [result];
        }
    }
}
