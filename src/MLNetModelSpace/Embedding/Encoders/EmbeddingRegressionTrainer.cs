using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// Trains the encoder of section 4.2: from a model's features to the place of the dataset it was trained on. Made by
/// <c>Embedding.Trainers.EmbeddingRegression</c>.
/// </summary>
/// <remarks>
/// A multilayer perceptron over standardised features (mean and deviation of the training models), trained with TorchSharp on
/// the CPU under one of the paper's losses; the average of <see cref="EmbeddingTrainerOptions.Members"/> such networks
/// answers. Before it there may be an inverse regression, which makes few exact numbers of many noisy ones
/// (<see cref="Options.InverseRegression"/>). The same seed gives the same encoder on any number of threads; the process-wide generator is not touched.
/// </remarks>
public sealed class EmbeddingRegressionTrainer : IEstimator<EmbeddingRegressionTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal EmbeddingRegressionTrainer(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = (Options)options.CheckedCopy(env);
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

        /// <summary>
        /// Whether the network reads shares that inverse regression estimates from the features, in place of the features; default false.
        /// The curve that datasets lie on in feature space, and the noise about it, are learned from the training models, in parts: what the
        /// network is trained on comes from curves that the model in question had no part in (Cook, 2007, "Fisher lecture: Dimension
        /// reduction in regression", principal fitted components). At least three models for each class in all parts but one.
        /// </summary>
        public bool InverseRegression { get; set; }

        /// <summary>Principal components of the features that inverse regression looks at, 1 to 1000; default 200, at most one for three models.</summary>
        public int PrincipalComponents { get; set; } = 200;

        /// <summary>
        /// With <see cref="InverseRegression"/>: the column that says in which parts models are left out, a key, text or Boolean; default null,
        /// for five parts in turn. Where models of different parts share no image (<c>Fold</c> of a plan), the network learns how features
        /// of models look whose images the curve has not seen.
        /// </summary>
        public string? FoldColumnName { get; set; }

        private protected override void Validate()
        {
            base.Validate();
            ArgumentException.ThrowIfNullOrWhiteSpace(FeatureColumnName);
            ArgumentRanges.Require(PrincipalComponents, 1, 1000, nameof(PrincipalComponents));
            if (FoldColumnName is not null)
                ArgumentException.ThrowIfNullOrWhiteSpace(FoldColumnName);
            if (FoldColumnName is not null && !InverseRegression)
                throw new ArgumentException($"'{nameof(FoldColumnName)}' says which models inverse regression leaves out; set '{nameof(InverseRegression)}', too.", nameof(FoldColumnName));
            ArgumentNullException.ThrowIfNull(HiddenSizes);
            foreach (int size in HiddenSizes)
                ArgumentRanges.RequireAtLeast(size, 1, nameof(HiddenSizes));
            ArgumentRanges.RequireNotNegative(InputNoise, nameof(InputNoise));
            ArgumentRanges.RequireDefined(Scaling, nameof(Scaling));
        }
    }

    /// <summary>Trains the encoder.</summary>
    /// <param name="input">A row a model, with features and shares.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Folds of which there is one only; shares that are negative, do not sum to one, or give a target of zero length; fewer than three classes.</exception>
    /// <exception cref="InvalidDataException">No rows, too few rows, fewer than two for a distance head, or features that are not finite.</exception>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public EmbeddingRegressionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ColumnMatrix[] columns = ColumnMatrix.Read(input, _options.CancellationToken, _options.FeatureColumnName, _options.SharesColumnName);
        ColumnMatrix features = columns[0];
        float[][] targets = EmbeddingTargets.Make(columns[1], _options);
        Standardization standardization = Standardization.Fit(features, _options.Scaling);
        InverseRegression[] stages = [];
        if (_options.InverseRegression)
        {
            int[] folds = _options.FoldColumnName is { } name ? LabelColumn.Read(input, name).Classes : CrossFitting.InTurn(features.Rows);
            (stages, features) = CrossFitting.Run(new InverseRegressionLearner(features, columns[1], standardization, _options.PrincipalComponents), features, folds, _options);
            standardization = Standardization.Fit(features, FeatureScaling.Common);
        }

        float[] inputs = standardization.Apply(features);
        (float[][][] layers, List<EmbeddingEpoch> curve) = EmbeddingEnsemble.Train(
            _env, _options, targets,
            (_, generator) => new PerceptronNetwork(
                generator, inputs, features.Columns, _options.HiddenSizes, targets[0].Length, _options.InputNoise));
        Perceptron[] members = Array.ConvertAll(layers, layer => new Perceptron(standardization, layer));
        DistanceHead? head = _options.TrainDistanceHead
            ? DistanceHead.Train(_options, standardization, inputs, targets)
            : null;
        return new EmbeddingRegressionTransformer(_env, _options.FeatureColumnName, _options.OutputColumnName, _options.Space, stages, members, curve, head, EmbeddingTargets.Classes(input.Schema, _options));
    }

    /// <summary>What is trained, and on which column, on one line.</summary>
    public override string ToString() => $"EmbeddingRegression: {_options.FeatureColumnName} → {_options.OutputColumnName}; {_options.Members} networks, {_options.Loss}, {_options.Space}";

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.FeatureColumnName, "feature");
        SchemaErrors.RequireFloatVector(inputSchema, _options.SharesColumnName, "shares");
        if (_options.FoldColumnName is { } fold)
            SchemaErrors.RequireShape(inputSchema, fold, "fold");
        return EmbeddingTargets.WithOutput(inputSchema, _options.OutputColumnName);
    }
}
