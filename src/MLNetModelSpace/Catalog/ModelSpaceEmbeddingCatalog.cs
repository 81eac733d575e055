using Microsoft.ML;

namespace MLNetModelSpace;

/// <summary>Places of models in the space of datasets, of <c>mlContext.ModelSpace()</c>: trainers of encoders, and how well their answers agree.</summary>
public sealed class ModelSpaceEmbeddingCatalog
{
    internal ModelSpaceEmbeddingCatalog(MLContext context)
    {
        Context = context;
        Trainers = new EmbeddingTrainers(context);
    }

    /// <summary>The context this catalog belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Trainers of encoders: from features, or from weights, to places.</summary>
    public EmbeddingTrainers Trainers { get; }

    /// <summary>Measures how well embeddings agree with the places of the datasets, beside two baselines.</summary>
    /// <param name="data">At least three rows with embeddings and shares.</param>
    /// <param name="options">Columns, space and baselines; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Shares that are negative or do not sum to one; fewer than three models or classes; embeddings of another length.</exception>
    /// <exception cref="InvalidDataException">No rows, or values that are not finite.</exception>
    public EmbeddingMetrics Evaluate(IDataView data, EmbeddingMetrics.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options = (options ?? new EmbeddingMetrics.Options()).CheckedCopy(Context);
        (float[][] embeddings, float[][] targets) = ReadPlaces(data, options);
        return new EmbeddingEvaluator(targets, options).Evaluate(embeddings);
    }

    /// <summary>
    /// Measures prediction (b): the distances that a head trained on pairs predicts for pairs of models, beside the distances of their
    /// embeddings, against the distances of their datasets.
    /// </summary>
    /// <param name="encoder">An encoder with a distance head.</param>
    /// <param name="data">At least three rows with the encoder's features and shares.</param>
    /// <param name="options">The column of shares, the space (the encoder's), its basis, and how many pairs; null for the defaults in the encoder's space.</param>
    /// <exception cref="InvalidOperationException">The encoder has no distance head.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Shares that are negative or do not sum to one; fewer than three models or classes; another space than the encoder's.</exception>
    /// <exception cref="InvalidDataException">No rows, or values that are not finite.</exception>
    public DistanceMetrics EvaluateDistances(
        EmbeddingRegressionTransformer encoder, IDataView data, EmbeddingMetrics.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new EmbeddingMetrics.Options { Space = encoder.Space };
        return DistanceEvaluator.Evaluate(encoder, data, options.CheckedCopy(Context));
    }

    /// <summary>
    /// The paper's second requirement: for row i of three views, the angle between the embedding of the model trained on D₁ ∪ D₂
    /// and the count-weighted sum of the embeddings of the models trained on D₁ and on D₂.
    /// </summary>
    /// <param name="first">Models trained on D₁.</param>
    /// <param name="second">Models trained on D₂, row by row.</param>
    /// <param name="union">Models trained on D₁ ∪ D₂, row by row.</param>
    /// <param name="weights">Image counts of D₁ and D₂, row by row; null where they are equal.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentException">The views differ in rows or dimensions, or weights are not positive.</exception>
    public MixtureMetrics EvaluateMixtures(
        IDataView first, IDataView second, IDataView union,
        IReadOnlyList<(double First, double Second)>? weights = null,
        string embeddingColumnName = ZooColumns.Embedding, EmbeddingSpace space = EmbeddingSpace.Sphere)
    {
        ColumnMatrix a = ReadOne(first), b = ReadOne(second), both = ReadOne(union);
        if (a.Rows != b.Rows || a.Rows != both.Rows || a.Columns != b.Columns || a.Columns != both.Columns)
        {
            throw new ArgumentException(
                $"The views hold {a.Rows}×{a.Columns}, {b.Rows}×{b.Columns} and {both.Rows}×{both.Columns} values; expected the same of each.", nameof(union));
        }

        if (weights is not null && weights.Count != a.Rows)
            throw new ArgumentException($"There are {weights.Count} weights for {a.Rows} mixtures.", nameof(weights));
        return MixtureEvaluator.Evaluate(a, b, both, weights, space);

        ColumnMatrix ReadOne(IDataView view)
        {
            ArgumentNullException.ThrowIfNull(view);
            return ColumnMatrix.Read(view, default, embeddingColumnName)[0];
        }
    }

    /// <summary>
    /// The paper's second requirement over one view with the rows of <see cref="ModelSpaceDataCatalog.PlanMixtures"/>: <c>Mixture</c> says which rows belong
    /// together, <c>MixtureRole</c> which is which, and <c>ImageCount</c> weighs them.
    /// </summary>
    /// <param name="data">Rows in threes, in any order.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">No rows, a mixture without one of its three rows, or embeddings that are not finite.</exception>
    public MixtureMetrics EvaluateMixtures(
        IDataView data, string embeddingColumnName = ZooColumns.Embedding, EmbeddingSpace space = EmbeddingSpace.Sphere)
    {
        ArgumentNullException.ThrowIfNull(data);
        return MixtureEvaluator.Evaluate(data, embeddingColumnName, space);
    }

    /// <summary>
    /// One axis of embeddings and targets as <c>Label</c> and <c>Score</c>, which <c>mlContext.Regression.Evaluate</c> takes.
    /// </summary>
    /// <param name="data">Rows with embeddings and shares; read at once.</param>
    /// <param name="axis">The axis, from 0.</param>
    /// <param name="options">Columns and space; null for the defaults.</param>
    public IDataView SelectAxis(IDataView data, int axis, EmbeddingMetrics.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        (float[][] embeddings, float[][] targets) = ReadPlaces(data, (options ?? new EmbeddingMetrics.Options()).CheckedCopy(Context));
        if ((uint)axis >= (uint)targets[0].Length)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"Axis {axis} of {targets[0].Length}.");
        var rows = new EmbeddingAxisValue[targets.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new EmbeddingAxisValue { Label = targets[i][axis], Score = embeddings[i][axis] };
        return Context.Data.LoadFromEnumerable(rows);
    }

    /// <summary>The three classes whose mean image embeddings lie farthest apart.</summary>
    /// <param name="data">A row an image: its class and its embedding.</param>
    /// <param name="labelColumnName">The class: a key of at least three values.</param>
    /// <param name="embeddingColumnName">The embedding.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, or a class without images.</exception>
    public FarthestClasses FindFarthestClasses(
        IDataView data, string labelColumnName = "Label", string embeddingColumnName = "ImageEmbedding")
    {
        ArgumentNullException.ThrowIfNull(data);
        return FarthestClasses.Find(ClassMeans.Read(data, labelColumnName, embeddingColumnName));
    }

    private static (float[][] Embeddings, float[][] Targets) ReadPlaces(IDataView data, EmbeddingMetrics.Options options)
    {
        ColumnMatrix[] columns = ColumnMatrix.Read(data, options.CancellationToken, options.EmbeddingColumnName, options.SharesColumnName);
        ClassBasis.CheckClasses(columns[1].Columns, nameof(options.SharesColumnName));
        float[][] embeddings = new float[columns[0].Rows][], targets = new float[columns[0].Rows][];
        for (int i = 0; i < embeddings.Length; i++)
        {
            embeddings[i] = columns[0][i].ToArray();
            targets[i] = EmbeddingEvaluator.Target(columns[1][i], options);
        }

        if (embeddings[0].Length != targets[0].Length)
            throw new ArgumentException($"Embeddings have {embeddings[0].Length} values; targets have {targets[0].Length}.", nameof(data));
        return (embeddings, targets);
    }

    private sealed class EmbeddingAxisValue
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }

    /// <summary>Trainers of encoders: from features, or from weights, to places in the space of datasets.</summary>
    public sealed class EmbeddingTrainers
    {
        internal EmbeddingTrainers(MLContext context) => Context = context;

        /// <summary>The context this catalog belongs to.</summary>
        public MLContext Context { get; }

        /// <summary>An ensemble of perceptrons from features to places on the sphere of datasets.</summary>
        /// <param name="outputColumnName">The column that is added.</param>
        /// <param name="featureColumnName">The features, a vector of known size.</param>
        /// <param name="sharesColumnName">The class shares that targets are made from.</param>
        /// <param name="loss">The loss.</param>
        public EmbeddingRegressionTrainer EmbeddingRegression(
            string outputColumnName = ZooColumns.Embedding,
            string featureColumnName = ZooColumns.Features,
            string sharesColumnName = ZooColumns.Shares,
            EmbeddingLoss loss = EmbeddingLoss.Cosine) => EmbeddingRegression(new EmbeddingRegressionTrainer.Options
            {
                OutputColumnName = outputColumnName,
                FeatureColumnName = featureColumnName,
                SharesColumnName = sharesColumnName,
                Loss = loss,
            });

        /// <summary>An ensemble of perceptrons from features to places on the sphere of datasets or in the Poincaré ball, with every option at hand.</summary>
        /// <param name="options">How it is trained; copied.</param>
        /// <exception cref="ArgumentException">An option is outside its range.</exception>
        public EmbeddingRegressionTrainer EmbeddingRegression(EmbeddingRegressionTrainer.Options options)
        {
            ArgumentNullException.ThrowIfNull(options);
            return new EmbeddingRegressionTrainer(Context, options);
        }

        /// <summary>A message-passing network from weights, as a graph, to places: invariant to the permutation of hidden units.</summary>
        /// <param name="options">How it is trained; null for the defaults.</param>
        /// <exception cref="ArgumentException">An option is outside its range.</exception>
        public GraphEmbeddingTrainer GraphEmbedding(GraphEmbeddingTrainer.Options? options = null) => new(Context, options ?? new GraphEmbeddingTrainer.Options());
    }
}
