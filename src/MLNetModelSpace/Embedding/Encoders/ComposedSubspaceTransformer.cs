using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ComposedSubspaceTransformer), null, typeof(SignatureLoadModel), ComposedSubspaceTransformer.LoaderName, ComposedSubspaceTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>Gives each model's composed map in learned directions. Immutable and thread-safe.</summary>
public sealed class ComposedSubspaceTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceSubspace";

    private static readonly ModelFormat s_format = new("MSCOMSUB", LoaderName, 1);
    private readonly string _output;
    private readonly string _weights;
    private readonly string _layouts;
    private readonly float[] _basis;
    private readonly double[] _wide;

    internal ComposedSubspaceTransformer(
        IHostEnvironment env, string output, string weights, string layouts, WeightLayout layout, int directions, float[] basis)
        : base(env, s_format)
    {
        TwoFactorForm form = ComposedSubspaceEstimator.FormOf(layout);
        if (basis.Length != (long)directions * form.Inputs)
            throw new InvalidDataException($"The basis has {basis.Length} values; expected {directions}×{form.Inputs}.");
        (_output, _weights, _layouts, Layout, Directions, _basis) = (output, weights, layouts, layout, directions, basis);
        _wide = Array.ConvertAll(basis, value => (double)value);
    }

    /// <summary>The layout of the weights that it reads.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Number of directions.</summary>
    public int Directions { get; }

    private static ComposedSubspaceTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader));

    private static ComposedSubspaceTransformer Read(IHostEnvironment env, BinaryReader reader) =>
        new(
            env, ModelContent.ReadText(reader, "output column"), ModelContent.ReadText(reader, "weights column"),
            ModelContent.ReadText(reader, "layout column"), WeightLayout.Parse(ModelContent.ReadText(reader, "layout")),
            ModelContent.ReadCount(reader, "directions", 1, 256), ModelContent.ReadFloats(reader, "basis", int.MaxValue / sizeof(float)));

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_output);
        writer.Write(_weights);
        writer.Write(_layouts);
        writer.Write(Layout.ToJson());
        writer.Write(Directions);
        ModelContent.WriteFloats(writer, _basis);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput weights = WeightsInput.Resolve(input, _weights, _layouts, Layout);
        weights.RequireLayout(Layout);
        return new Binding(this, input, weights);
    }

    private static string[] Slots(int directions) =>
    [
        .. Enumerable.Range(0, directions * directions).Select(i => $"subspace[{i / directions},{i % directions}]"),
        .. Enumerable.Range(0, directions).Select(i => $"subspace offset[{i}]"),
    ];

    private sealed class Binding(ComposedSubspaceTransformer owner, DataViewSchema input, WeightsInput weights) : RowBinding(
        input,
        [
            new AddedColumn(
                owner._output, new VectorDataViewType(NumberDataViewType.Single, ComposedSubspace.Count(owner.Directions)),
                ZooAnnotations.ForSlots(Slots(owner.Directions))),
        ],
        weights.Columns.Select(column => column.Index))
    {
        public override Delegate?[] CreateGetters(DataViewRow row, ReadOnlySpan<bool> active)
        {
            if (!active[0])
                return new Delegate?[1];
            WeightsReader reader = weights.CreateReader(row);
            TwoFactorForm form = ComposedSubspaceEstimator.FormOf(owner.Layout);
            ValueGetter<VBuffer<float>> result = (ref VBuffer<float> value) =>
            {
                ReadOnlySpan<float> values = reader.Read(out WeightLayout layout);
                if (!WeightsInput.Matches(layout, owner.Layout))
                    throw new InvalidDataException($"Row {row.Position} is of {layout}; the directions were learned from {owner.Layout}.");
                form.Compute(values);
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, ComposedSubspace.Count(owner.Directions));
                ComposedSubspace.Evaluate(form, owner._wide, owner.Directions, editor.Values);
                value = editor.Commit();
            };
            return [result];
        }
    }
}
