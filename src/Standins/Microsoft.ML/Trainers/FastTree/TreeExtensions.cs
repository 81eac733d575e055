using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML;

/// <summary>Trainers of trees.</summary>
public static class TreeExtensions
{
    public static FastTreeBinaryTrainer FastTree(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string exampleWeightColumnName = null, int numberOfLeaves = 20, int numberOfTrees = 100, int minimumExampleCountPerLeaf = 10, double learningRate = 0.2)
    {
        var options = new FastTreeBinaryTrainer.Options { LearningRate = learningRate };
        Set(options, labelColumnName, featureColumnName, exampleWeightColumnName, numberOfLeaves, numberOfTrees, minimumExampleCountPerLeaf);
        return FastTree(catalog, options);
    }

    public static FastTreeBinaryTrainer FastTree(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, FastTreeBinaryTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FastTreeBinaryTrainer(catalog.Environment, options);
    }

    public static FastForestBinaryTrainer FastForest(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string exampleWeightColumnName = null, int numberOfLeaves = 20, int numberOfTrees = 100, int minimumExampleCountPerLeaf = 10)
    {
        var options = new FastForestBinaryTrainer.Options();
        Set(options, labelColumnName, featureColumnName, exampleWeightColumnName, numberOfLeaves, numberOfTrees, minimumExampleCountPerLeaf);
        return FastForest(catalog, options);
    }

    public static FastForestBinaryTrainer FastForest(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, FastForestBinaryTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FastForestBinaryTrainer(catalog.Environment, options);
    }

    public static FastTreeRegressionTrainer FastTree(
        this RegressionCatalog.RegressionTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string exampleWeightColumnName = null, int numberOfLeaves = 20, int numberOfTrees = 100, int minimumExampleCountPerLeaf = 10, double learningRate = 0.2)
    {
        var options = new FastTreeRegressionTrainer.Options { LearningRate = learningRate };
        Set(options, labelColumnName, featureColumnName, exampleWeightColumnName, numberOfLeaves, numberOfTrees, minimumExampleCountPerLeaf);
        return FastTree(catalog, options);
    }

    public static FastTreeRegressionTrainer FastTree(this RegressionCatalog.RegressionTrainers catalog, FastTreeRegressionTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FastTreeRegressionTrainer(catalog.Environment, options);
    }

    public static FastForestRegressionTrainer FastForest(
        this RegressionCatalog.RegressionTrainers catalog, string labelColumnName = "Label", string featureColumnName = "Features",
        string exampleWeightColumnName = null, int numberOfLeaves = 20, int numberOfTrees = 100, int minimumExampleCountPerLeaf = 10)
    {
        var options = new FastForestRegressionTrainer.Options { QuantileSamples = 0 };
        Set(options, labelColumnName, featureColumnName, exampleWeightColumnName, numberOfLeaves, numberOfTrees, minimumExampleCountPerLeaf);
        return FastForest(catalog, options);
    }

    public static FastForestRegressionTrainer FastForest(this RegressionCatalog.RegressionTrainers catalog, FastForestRegressionTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FastForestRegressionTrainer(catalog.Environment, options);
    }

    private static void Set(TreeOptions options, string label, string feature, string weight, int leaves, int trees, int minimumExamples)
    {
        options.LabelColumnName = label;
        options.FeatureColumnName = feature;
        options.ExampleWeightColumnName = weight;
        options.NumberOfLeaves = leaves;
        options.NumberOfTrees = trees;
        options.MinimumExampleCountPerLeaf = minimumExamples;
    }
}
