using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Trains the encoder of section 4.2: from a model's features to the place of the dataset it was trained on. Made by
/// <see cref="EmbeddingCatalogExtensions.RegressEmbedding(ModelSpaceCatalog, string, string, string, EmbeddingLoss)"/>.
/// </summary>
/// <remarks>
/// A multilayer perceptron over standardised features (mean and deviation of the training models), trained with TorchSharp on
/// the CPU under one of the paper's losses; the average of <see cref="EmbeddingTrainerOptions.Members"/> such networks
/// answers. The same seed gives the same encoder on any number of threads; the process-wide generator is not touched.
/// </remarks>
public sealed class EmbeddingRegressionTrainer : IEstimator<EmbeddingRegressionTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal EmbeddingRegressionTrainer(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = (Options)options.CheckedCopy();
    }

    /// <summary>How the encoder is trained.</summary>
    public sealed class Options : EmbeddingTrainerOptions
    {
        /// <summary>The features, a vector of known size; default <c>Features</c>.</summary>
        public string FeatureColumnName { get; set; } = ZooColumns.Features;

        /// <summary>Widths of the hidden layers, each at least 1; default 128 and 64.</summary>
        public IReadOnlyList<int> HiddenSizes { get; set; } = [128, 64];

        /// <summary>How features are scaled, with what is learned from the training models; default each to deviation 1.</summary>
        public FeatureScaling Scaling { get; set; } = FeatureScaling.PerFeature;

        /// <summary>
        /// Standard deviation of the Gaussian noise added to standardised features in training, at least 0; default 0.1.
        /// It stands in for the models that were not trained.
        /// </summary>
        public double InputNoise { get; set; } = 0.1;

        /// <summary>
        /// Whether a second network is trained on pairs of models to answer with their distance at once
        /// (section 4.2, prediction (b)); default false.
        /// </summary>
        public bool TrainDistanceHead { get; set; }

        private protected override void Validate()
        {
            base.Validate();
            ArgumentException.ThrowIfNullOrWhiteSpace(FeatureColumnName);
            ArgumentNullException.ThrowIfNull(HiddenSizes);
            foreach (int size in HiddenSizes)
                AtLeast(size, 1, nameof(HiddenSizes));
            NotNegative(InputNoise, nameof(InputNoise));
            if (!Enum.IsDefined(Scaling))
                throw new ArgumentOutOfRangeException(nameof(Scaling), Scaling, "The scaling is not one of those defined.");
        }
    }

    /// <summary>Trains the encoder.</summary>
    /// <param name="input">A row a model, with features and shares.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Shares that are negative, do not sum to one, or give a target of zero length; fewer than three classes.</exception>
    /// <exception cref="InvalidDataException">No rows, too few rows, or features that are not finite.</exception>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public EmbeddingRegressionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnMatrix[] columns = ColumnMatrix.Read(input, _options.CancellationToken, _options.FeatureColumnName, _options.SharesColumnName);
        ColumnMatrix features = columns[0];
        float[][] targets = EmbeddingTargets.Make(columns[1], _options);
        Standardization standardization = Standardization.Fit(features, _options.Scaling);
        float[] inputs = standardization.Apply(features);
        (float[][][] layers, List<EmbeddingEpoch> curve) = EmbeddingEnsemble.Train(
            _options, targets,
            (_, generator) => new PerceptronNetwork(
                generator, inputs, features.Columns, _options.HiddenSizes, targets[0].Length, _options.InputNoise));
        Perceptron[] members = Array.ConvertAll(layers, layer => new Perceptron(standardization, layer));
        DistanceHead? head = _options.TrainDistanceHead
            ? DistanceHead.Train(_options, standardization, inputs, targets)
            : null;
        return new EmbeddingRegressionTransformer(_env, _options.FeatureColumnName, _options.OutputColumnName, _options.Space, members, curve, head);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.FeatureColumnName, "feature");
        SchemaErrors.RequireFloatVector(inputSchema, _options.SharesColumnName, "shares");
        return EmbeddingTargets.WithOutput(inputSchema, _options.OutputColumnName);
    }
}
