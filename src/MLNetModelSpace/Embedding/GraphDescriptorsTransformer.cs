using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>Describes models by the spectra of their graphs. Immutable and thread-safe.</summary>
public sealed class GraphDescriptorsTransformer : ModelSpaceTransformer, ILoadableTransformer<GraphDescriptorsTransformer>
{
    private readonly string _output;
    private readonly string _weights;
    private readonly string _layouts;
    private readonly bool _places;

    internal GraphDescriptorsTransformer(IHostEnvironment env, string output, string weights, string layouts, WeightLayout layout, bool places = true)
        : base(env)
    {
        (_output, _weights, _layouts, Layout, _places) = (output, weights, layouts, layout, places);
        SlotNames = new GraphDescriptors(NetworkChain.Of(layout), places).Slots;
    }

    static LoaderInfo ILoadableTransformer<GraphDescriptorsTransformer>.Loader { get; } = new("MSGRAPHD", "ModelSpaceGraphSpectrum", 2);

    /// <summary>The layout of the weights that it reads.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Names of the descriptors.</summary>
    public IReadOnlyList<string> SlotNames { get; }

    private protected override LoaderInfo LoaderInfo => InfoOf<GraphDescriptorsTransformer>();

    static GraphDescriptorsTransformer ILoadableTransformer<GraphDescriptorsTransformer>.Read(IHostEnvironment env, BinaryReader reader, uint version) =>
        new(
            env, ModelContent.ReadText(reader, "output column"), ModelContent.ReadText(reader, "weights column"),
            ModelContent.ReadText(reader, "layout column"), WeightLayout.Parse(ModelContent.ReadText(reader, "layout")),

            // In the first version kernels of the first and the last layer were single edges.
            version >= 2 && reader.ReadBoolean());

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_output);
        writer.Write(_weights);
        writer.Write(_layouts);
        writer.Write(Layout.ToJson());
        writer.Write(_places);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput weights = WeightsInput.Resolve(input, _weights, _layouts, Layout);
        weights.RequireLayout(Layout);
        return new Binding(this, input, weights);
    }

    private static LoaderInfo InfoOf<T>()
        where T : ModelSpaceTransformer, ILoadableTransformer<T> => T.Loader;

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
            var descriptors = new GraphDescriptors(NetworkChain.Of(owner.Layout), owner._places);
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
