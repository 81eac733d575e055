using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>Places in the space of models and datasets.</summary>
public static class EmbeddingCatalogExtensions
{
    /// <summary>Trains an encoder from features to places on the sphere of datasets.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that is added.</param>
    /// <param name="featureColumnName">The features, a vector of known size.</param>
    /// <param name="sharesColumnName">The class shares that targets are made from.</param>
    /// <param name="loss">The loss.</param>
    public static EmbeddingRegressionTrainer RegressEmbedding(
        this ModelSpaceCatalog catalog,
        string outputColumnName = ZooColumns.Embedding,
        string featureColumnName = ZooColumns.Features,
        string sharesColumnName = ZooColumns.Shares,
        EmbeddingLoss loss = EmbeddingLoss.Cosine) => catalog.RegressEmbedding(new EmbeddingRegressionTrainer.Options
        {
            OutputColumnName = outputColumnName,
            FeatureColumnName = featureColumnName,
            SharesColumnName = sharesColumnName,
            Loss = loss,
        });

    /// <summary>Trains an encoder from features to places on the sphere of datasets or in the Poincaré ball.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How it is trained.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static EmbeddingRegressionTrainer RegressEmbedding(this ModelSpaceCatalog catalog, EmbeddingRegressionTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new EmbeddingRegressionTrainer(catalog.Context, options);
    }

    /// <summary>
    /// Trains a message-passing network from weights, as a graph, to places: invariant to the permutation of hidden units.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How it is trained; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static GraphEmbeddingTrainer RegressGraphEmbedding(this ModelSpaceCatalog catalog, GraphEmbeddingTrainer.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new GraphEmbeddingTrainer(catalog.Context, options ?? new GraphEmbeddingTrainer.Options());
    }

    /// <summary>Weights-only features for an encoder: each model's composed map in the leading directions of the training models' mean map.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">What is read and how much of it is kept; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static ComposedSubspaceEstimator ProjectComposedMap(this ModelSpaceCatalog catalog, ComposedSubspaceEstimator.Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ComposedSubspaceEstimator(catalog.Context, options ?? new ComposedSubspaceEstimator.Options());
    }

    /// <summary>Describes models by the spectra of their graphs, without training; <see cref="RegressEmbedding(ModelSpaceCatalog, string, string, string, EmbeddingLoss)"/> takes them as features.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that is added, <c>Vector&lt;Single, d&gt;</c> with slot names.</param>
    /// <param name="weightsColumnName">The weights.</param>
    /// <param name="layoutColumnName">The text column of layouts, where the weights carry none.</param>
    /// <param name="layout">The layout of weights that do not say theirs; default null.</param>
    public static GraphDescriptorsEstimator DescribeGraphs(
        this ModelSpaceCatalog catalog, string outputColumnName = ZooColumns.Features, string weightsColumnName = ZooColumns.Weights,
        string layoutColumnName = ZooColumns.Layout, WeightLayout? layout = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new GraphDescriptorsEstimator(catalog.Context, outputColumnName, weightsColumnName, layoutColumnName, layout);
    }

    /// <summary>Embeds images by a residual network, loaded from a file or trained on labelled images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Where the network comes from and how it is trained.</param>
    /// <exception cref="ArgumentException">An option is outside its range, or there is neither a file nor labelled images, or both.</exception>
    public static ResNetEmbedderEstimator EmbedImages(this ModelSpaceCatalog catalog, ResNetEmbedderEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new ResNetEmbedderEstimator(catalog.Context, options);
    }

    /// <summary>Measures how well embeddings agree with the places of the datasets, beside two baselines.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">At least three rows with embeddings and shares.</param>
    /// <param name="options">Columns, space and baselines; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Shares that are negative or do not sum to one; fewer than three models or classes; embeddings of another length.</exception>
    /// <exception cref="InvalidDataException">No rows, or values that are not finite.</exception>
    public static EmbeddingMetrics EvaluateEmbedding(this ModelSpaceCatalog catalog, IDataView data, EmbeddingEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new EmbeddingEvaluationOptions();
        (float[][] embeddings, float[][] targets) = ReadPlaces(data, options);
        return new EmbeddingEvaluator(targets, options).Evaluate(embeddings);
    }

    /// <summary>
    /// Measures prediction (b): the distances that a head trained on pairs predicts for pairs of models, beside the distances of their
    /// embeddings, against the distances of their datasets.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">An encoder with a distance head.</param>
    /// <param name="data">At least three rows with the encoder's features and shares.</param>
    /// <param name="options">The column of shares, the space (the encoder's), its basis, and how many pairs; null for the defaults in the encoder's space.</param>
    /// <exception cref="InvalidOperationException">The encoder has no distance head.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">Shares that are negative or do not sum to one; fewer than three models or classes; another space than the encoder's.</exception>
    /// <exception cref="InvalidDataException">No rows, or values that are not finite.</exception>
    public static DistanceMetrics EvaluateDistances(
        this ModelSpaceCatalog catalog, EmbeddingRegressionTransformer encoder, IDataView data, EmbeddingEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new EmbeddingEvaluationOptions { Space = encoder.Space };
        options.Validate();
        return DistanceEvaluator.Evaluate(encoder, data, options);
    }

    /// <summary>
    /// The paper's second requirement: for row i of three views, the angle between the embedding of the model trained on D₁ ∪ D₂
    /// and the count-weighted sum of the embeddings of the models trained on D₁ and on D₂.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="first">Models trained on D₁.</param>
    /// <param name="second">Models trained on D₂, row by row.</param>
    /// <param name="union">Models trained on D₁ ∪ D₂, row by row.</param>
    /// <param name="weights">Image counts of D₁ and D₂, row by row; null where they are equal.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentException">The views differ in rows or dimensions, or weights are not positive.</exception>
    public static MixtureMetrics EvaluateMixtures(
        this ModelSpaceCatalog catalog, IDataView first, IDataView second, IDataView union,
        IReadOnlyList<(double First, double Second)>? weights = null,
        string embeddingColumnName = ZooColumns.Embedding, EmbeddingSpace space = EmbeddingSpace.Sphere)
    {
        ArgumentNullException.ThrowIfNull(catalog);
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
    /// The same over one view with the rows of <see cref="ZooPlanCatalogExtensions.PlanMixtures"/>: <c>Mixture</c> says which rows belong
    /// together, <c>MixtureRole</c> which is which, and <c>ImageCount</c> weighs them.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows in threes, in any order.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="space">The space.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">No rows, a mixture without one of its three rows, or embeddings that are not finite.</exception>
    public static MixtureMetrics EvaluateMixtures(
        this ModelSpaceCatalog catalog, IDataView data, string embeddingColumnName = ZooColumns.Embedding, EmbeddingSpace space = EmbeddingSpace.Sphere)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return MixtureEvaluator.Evaluate(data, embeddingColumnName, space);
    }

    /// <summary>
    /// One axis of embeddings and targets as <c>Label</c> and <c>Score</c>, which <c>mlContext.Regression.Evaluate</c> takes.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows with embeddings and shares; read at once.</param>
    /// <param name="axis">The axis, from 0.</param>
    /// <param name="options">Columns and space; null for the defaults.</param>
    public static IDataView SelectEmbeddingAxis(this ModelSpaceCatalog catalog, IDataView data, int axis, EmbeddingEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        (float[][] embeddings, float[][] targets) = ReadPlaces(data, options ?? new EmbeddingEvaluationOptions());
        if ((uint)axis >= (uint)targets[0].Length)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"Axis {axis} of {targets[0].Length}.");
        var rows = new EmbeddingAxisValue[targets.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new EmbeddingAxisValue { Label = targets[i][axis], Score = embeddings[i][axis] };
        return catalog.Context.Data.LoadFromEnumerable(rows);
    }

    /// <summary>The three classes whose mean image embeddings lie farthest apart.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">A row an image: its class and its embedding.</param>
    /// <param name="labelColumnName">The class: a key of at least three values.</param>
    /// <param name="embeddingColumnName">The embedding.</param>
    /// <exception cref="ArgumentException">Fewer than three classes, or a class without images.</exception>
    public static FarthestClasses FindFarthestClasses(
        this ModelSpaceCatalog catalog, IDataView data, string labelColumnName = "Label", string embeddingColumnName = "ImageEmbedding")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return FarthestClasses.Find(ClassMeans.Read(data, labelColumnName, embeddingColumnName));
    }

    private static (float[][] Embeddings, float[][] Targets) ReadPlaces(IDataView data, EmbeddingEvaluationOptions options)
    {
        options.Validate();
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
}
