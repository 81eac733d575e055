using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(GraphDescriptorsTransformer), null, typeof(SignatureLoadModel), GraphDescriptorsTransformer.LoaderName, GraphDescriptorsTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// The training-free side of the paper's third variant: a model's graph described by its spectrum. Made by
/// <c>Transforms.DescribeGraphs</c>. <see cref="EmbeddingRegressionTrainer"/> takes the descriptors as features.
/// </summary>
public sealed class GraphDescriptorsEstimator : IEstimator<GraphDescriptorsTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly string _output;
    private readonly string _weights;
    private readonly string _layouts;
    private readonly WeightLayout? _layout;

    internal GraphDescriptorsEstimator(IHostEnvironment env, string output, string weights, string layouts, WeightLayout? layout)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        ArgumentException.ThrowIfNullOrWhiteSpace(weights);
        ArgumentException.ThrowIfNullOrWhiteSpace(layouts);
        (_env, _output, _weights, _layouts, _layout) = (env, output, weights, layouts, layout);
    }

    /// <summary>Reads the layout, of the column or of the first row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type, or has no layout.</exception>
    /// <exception cref="InvalidOperationException">The layout is no chain of layers.</exception>
    public GraphDescriptorsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        WeightsInput weights = WeightsInput.Resolve(input.Schema, _weights, _layouts, _layout);
        WeightLayout? layout = weights.Layout;
        if (layout is null)
        {
            using DataViewRowCursor cursor = input.GetRowCursor(weights.LayoutColumns);
            if (!cursor.MoveNext())
                throw new InvalidDataException($"There are no rows to read the layout of '{_weights}' from.");
            layout = weights.CreateLayoutReader(cursor).ReadLayout();
        }

        return new GraphDescriptorsTransformer(_env, _output, _weights, _layouts, layout);
    }

    /// <summary>What is described, on one line.</summary>
    public override string ToString() => $"DescribeGraphs: {_weights} → {_output}";

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _weights, "weights");
        return FeatureColumns.Append(inputSchema, _output);
    }
}

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
