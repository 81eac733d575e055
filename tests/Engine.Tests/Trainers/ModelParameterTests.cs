using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Engine.Tests.Trainers;

/// <summary>What models say of themselves is what they score with.</summary>
public sealed class ModelParameterTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void ScoresFollowFromTheTrees()
    {
        var rows = TrainerData.Make(60, 3, seed: 2);
        var model = _ml.Regression.Trainers.FastTree("Target", numberOfTrees: 4, numberOfLeaves: 5).Fit(TrainerData.Table(_ml, rows));
        var ensemble = model.Model.TrainedTreeEnsemble;
        var expected = rows.Select(row => ensemble.Bias + ensemble.Trees.Zip(ensemble.TreeWeights).Sum(pair =>
        {
            var (tree, weight) = pair;
            Assert.Equal(tree.NumberOfLeaves, tree.NumberOfNodes + 1);
            Assert.DoesNotContain(true, tree.CategoricalSplitFlags);
            int node = 0;
            while (node >= 0)
                node = row.Features[tree.NumericalSplitFeatureIndexes[node]] <= tree.NumericalSplitThresholds[node] ? tree.LeftChild[node] : tree.RightChild[node];
            return weight * tree.LeafValues[~node];
        })).ToArray();

        var scores = TrainerData.Column(model.Transform(TrainerData.Table(_ml, rows)), "Score");

        Assert.All(scores.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void ScoresFollowFromTheWeightsOfEachClass()
    {
        var rows = TrainerData.Make(60, 3, seed: 2);
        var table = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(TrainerData.Table(_ml, rows)).Transform(TrainerData.Table(_ml, rows));
        var model = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(table);
        VBuffer<float>[] weights = [];
        model.Model.GetWeights(ref weights, out int classes);
        var biases = model.Model.GetBiases().ToArray();

        var scores = model.Transform(table).GetColumn<float[]>("Score").ToArray();

        Assert.Equal((2, 2), (classes, biases.Length));
        for (int i = 0; i < rows.Count; i++)
        {
            double[] outputs = [.. biases.Select((bias, c) => bias + weights[c].DenseValues().Zip(rows[i].Features).Sum(pair => (double)pair.First * pair.Second))];
            Assert.Equal(1 / (1 + Math.Exp(outputs[1] - outputs[0])), scores[i][0], 1e-5);
        }
    }

    [Fact]
    public void SquaredLossIsWhatRegressionByDualAscentTakesByDefault()
    {
        float[] Scores(ISupportSdcaRegressionLoss loss)
        {
            var ml = new MLContext(1);
            var table = TrainerData.Table(ml, TrainerData.Make(40, 3, seed: 2));
            return TrainerData.Column(ml.Regression.Trainers.Sdca("Target", lossFunction: loss, maximumNumberOfIterations: 5).Fit(table).Transform(table), "Score");
        }

        // Not the same to the last digit: the official trainer takes several threads, whose order no two runs share.
        Assert.All(Scores(null!).Zip(Scores(new SquaredLoss())), pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }
}
