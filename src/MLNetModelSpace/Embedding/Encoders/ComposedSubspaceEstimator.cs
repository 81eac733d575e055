using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(ComposedSubspaceTransformer), null, typeof(SignatureLoadModel), ComposedSubspaceTransformer.LoaderName, ComposedSubspaceTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// Weights-only features for the encoder: the composed map of each model in the leading directions of the training models' mean map.
/// Made by <c>Transforms.ProjectComposedMap</c>.
/// </summary>
/// <remarks>
/// An autoencoder that has converged is near a projection on the subspace its images span, and how that subspace turns with the shares
/// of the classes is what tells the shares. The features are of one kind: train on them with <see cref="FeatureScaling.Common"/>.
/// </remarks>
public sealed class ComposedSubspaceEstimator : IEstimator<ComposedSubspaceTransformer>
{
    /// <summary>Training models that directions are learned from; later ones are not looked at.</summary>
    public const int MaxModels = 128;

    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal ComposedSubspaceEstimator(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = options.CheckedCopy();
    }

    /// <summary>What is read and how much of it is kept.</summary>
    public sealed class Options
    {
        /// <summary>The column that is added; default <c>Features</c>.</summary>
        public string OutputColumnName { get; set; } = ZooColumns.Features;

        /// <summary>The weights; default <c>Weights</c>.</summary>
        public string WeightsColumnName { get; set; } = ZooColumns.Weights;

        /// <summary>The text column of layouts, where the weights carry none; default <c>Layout</c>.</summary>
        public string LayoutColumnName { get; set; } = ZooColumns.Layout;

        /// <summary>The layout of weights that do not say theirs; default null.</summary>
        public WeightLayout? Layout { get; set; }

        /// <summary>Directions, 1 to 256, at most as many as the map has inputs; default 32. A model gives k² + k features.</summary>
        public int Directions { get; set; } = 32;

        /// <summary>Stops the learning of directions.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal Options CheckedCopy()
        {
            var copy = (Options)MemberwiseClone();
            ArgumentException.ThrowIfNullOrWhiteSpace(copy.OutputColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(copy.WeightsColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(copy.LayoutColumnName);
            if (copy.Directions is < 1 or > 256)
                throw new ArgumentOutOfRangeException(nameof(Directions), copy.Directions, $"'{nameof(Directions)}' is {copy.Directions}; expected 1 to 256.");
            return copy;
        }
    }

    /// <summary>Learns the directions from the first <see cref="MaxModels"/> models.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type, or has no layout.</exception>
    /// <exception cref="InvalidOperationException">The layout is no chain of layers from a space to itself.</exception>
    /// <exception cref="InvalidDataException">No rows, mixed layouts, or weights that are not finite.</exception>
    public ComposedSubspaceTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        WeightsInput weights = WeightsInput.Resolve(input.Schema, _options.WeightsColumnName, _options.LayoutColumnName, _options.Layout);
        WeightLayout? layout = null;
        TwoFactorForm? form = null;
        double[] mean = [];
        using (DataViewRowCursor cursor = input.GetRowCursor(weights.Columns))
        {
            WeightsReader reader = weights.CreateReader(cursor);
            for (int row = 0; row < MaxModels && cursor.MoveNext(); row++)
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                ReadOnlySpan<float> values = reader.Read(out WeightLayout found);
                if (layout is not null && !WeightsInput.Matches(found, layout))
                    throw new InvalidDataException($"Row {row} of column '{_options.WeightsColumnName}' is of {found}; row 0 is of {layout}. Composed maps are compared within one layout.");
                if (form is null)
                {
                    layout = found;
                    form = FormOf(found);
                    mean = new double[form.Inputs * form.Inputs];
                }

                form.Compute(values);
                ComposedSubspace.Accumulate(form, mean);
            }
        }

        if (form is null)
            throw new InvalidDataException($"There are no rows to read '{_options.WeightsColumnName}' from.");
        int directions = Math.Min(_options.Directions, form.Inputs);
        float[] basis = Array.ConvertAll(ComposedSubspace.Leading(mean, form.Inputs, directions), value => (float)value);
        return new ComposedSubspaceTransformer(_env, _options.OutputColumnName, _options.WeightsColumnName, _options.LayoutColumnName, layout!, directions, basis);
    }

    /// <summary>What is projected, on one line.</summary>
    public override string ToString() => $"ProjectComposedMap: {_options.WeightsColumnName} → {_options.OutputColumnName}; {_options.Directions} directions";

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.WeightsColumnName, "weights");
        return FeatureColumns.Append(inputSchema, _options.OutputColumnName);
    }

    internal static TwoFactorForm FormOf(WeightLayout layout)
    {
        var form = new TwoFactorForm(NetworkChain.Of(layout));
        return form.Inputs == form.Outputs
            ? form
            : throw new InvalidOperationException($"The composed map of {layout} goes from {form.Inputs} to {form.Outputs} numbers; expected a map of a space to itself.");
    }
}

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
