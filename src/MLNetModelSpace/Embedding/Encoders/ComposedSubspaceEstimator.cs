using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Weights-only features for the encoder: the composed map of each model in the leading directions of the training models' mean map.
/// Made by <see cref="EmbeddingCatalogExtensions.ProjectComposedMap"/>.
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

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.WeightsColumnName, "weights");
        return EmbeddingTargets.WithOutput(inputSchema, _options.OutputColumnName);
    }

    internal static TwoFactorForm FormOf(WeightLayout layout)
    {
        var form = new TwoFactorForm(NetworkChain.Of(layout));
        return form.Inputs == form.Outputs
            ? form
            : throw new InvalidOperationException($"The composed map of {layout} goes from {form.Inputs} to {form.Outputs} numbers; expected a map of a space to itself.");
    }
}
