using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>
/// The training-free side of the paper's third variant: a model's graph described by its spectrum. Made by
/// <see cref="EmbeddingCatalogExtensions.DescribeGraphs"/>. <see cref="EmbeddingRegressionTrainer"/> takes the descriptors as features.
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

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaErrors.RequireFloatVector(inputSchema, _weights, "weights");
        return EmbeddingTargets.WithOutput(inputSchema, _output);
    }
}
