using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// The paper's third variant: a model as a graph, placed by a message-passing network that is invariant to the permutation of
/// hidden units. Made by <c>Embedding.Trainers.GraphEmbedding</c>.
/// </summary>
/// <remarks>
/// Reads weights with their layout, which must be a chain of linear or convolutional layers and the same for all rows. A variational
/// autoencoder's head of log-variances is left out. Memory holds every training model's weights once or twice.
/// </remarks>
public sealed class GraphEmbeddingTrainer : IEstimator<GraphEmbeddingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;

    internal GraphEmbeddingTrainer(IHostEnvironment env, Options options)
    {
        _env = env;
        _options = (Options)options.CheckedCopy(env);
    }

    /// <summary>How the network is trained.</summary>
    public sealed class Options : EmbeddingTrainerOptions
    {
        /// <summary>Makes options with the defaults of graphs: 60 epochs, patience 20, one network.</summary>
        public Options()
        {
            Epochs = 60;
            Patience = 20;
            Members = 1;
        }

        /// <summary>The weights; default <c>Weights</c>.</summary>
        public string WeightsColumnName { get; set; } = ZooColumns.Weights;

        /// <summary>The text column of layouts, where the weights carry none; default <c>Layout</c>.</summary>
        public string LayoutColumnName { get; set; } = ZooColumns.Layout;

        /// <summary>The layout of weights that do not say theirs; default null.</summary>
        public WeightLayout? Layout { get; set; }

        /// <summary>Width of messages, 1 to 1024; default 32.</summary>
        public int MessageSize { get; set; } = 32;

        /// <summary>Widths of the hidden layers of the perceptron behind the sum; default 64.</summary>
        public IReadOnlyList<int> HiddenSizes { get; set; } = [64];

        private protected override void Validate()
        {
            base.Validate();
            ArgumentException.ThrowIfNullOrWhiteSpace(WeightsColumnName);
            ArgumentException.ThrowIfNullOrWhiteSpace(LayoutColumnName);
            ArgumentNullException.ThrowIfNull(HiddenSizes);
            ArgumentRanges.RequireAtLeast(MessageSize, 1, nameof(MessageSize));
            if (MessageSize > 1024)
                throw new ArgumentOutOfRangeException(nameof(MessageSize), MessageSize, $"'{nameof(MessageSize)}' is {MessageSize}; expected 1 to 1024.");
            foreach (int size in HiddenSizes)
                ArgumentRanges.RequireAtLeast(size, 1, nameof(HiddenSizes));
        }
    }

    /// <summary>Trains the network.</summary>
    /// <param name="input">A row a model, with weights and shares.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or weights have no layout.</exception>
    /// <exception cref="ArgumentException">Shares that are negative, do not sum to one, or give a target of zero length; fewer than three classes.</exception>
    /// <exception cref="InvalidDataException">No rows, too few rows, mixed layouts, or weights that are not finite.</exception>
    /// <exception cref="InvalidOperationException">The layout is no chain of layers, or training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public GraphEmbeddingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        (WeightLayout layout, ColumnMatrix weights, ColumnMatrix shares) = GraphRows.Read(
            input, _options.WeightsColumnName, _options.LayoutColumnName, _options.Layout, _options.SharesColumnName, _options.CancellationToken);
        float[][] targets = EmbeddingTargets.Make(shares, _options);
        var graph = new ModelGraph(NetworkChain.Of(layout));
        var function = new MessagePassing(graph, _options.MessageSize, _options.HiddenSizes, targets[0].Length);
        using GraphData data = GraphData.Make(graph, weights);
        var standardizations = new Standardization[_options.Members];
        (float[][][] members, List<EmbeddingEpoch> curve) = EmbeddingEnsemble.Train(
            _env, _options, targets,
            (member, generator) =>
            {
                var network = new GraphNetwork(generator, function, data);
                standardizations[member] = network.Standardization;
                return network;
            });
        return new GraphEmbeddingTransformer(_env, _options, layout, targets[0].Length, data.Scales, standardizations, members, curve, EmbeddingTargets.Classes(input.Schema, _options));
    }

    /// <summary>What is trained, and on which column, on one line.</summary>
    public override string ToString() => $"GraphEmbedding: {_options.WeightsColumnName} → {_options.OutputColumnName}; {_options.Members} networks, {_options.Loss}, {_options.Space}";

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _options.WeightsColumnName, "weights");
        SchemaErrors.RequireFloatVector(inputSchema, _options.SharesColumnName, "shares");
        return EmbeddingTargets.WithOutput(inputSchema, _options.OutputColumnName);
    }
}
