using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Pipelines;

/// <summary>A small zoo on real images, trained once for all tests of pipelines.</summary>
public sealed class OriginZoo
{
    public OriginZoo()
    {
        Ml = new MLContext(seed: 1);
        Images = ImageDataset.LoadFashionMnist(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist"));
        Plan = Ml.ModelSpace().Data.PlanZoo(Images, models: 10, shares: ZooShares.OneClassEach("Trouser", "Pullover"), imagesPerModel: 60, folds: 2);
        Trainer = Ml.ModelSpace().Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 8), epochs: 15, learningRate: 3e-3);
        Transformer = Trainer.Fit(Plan.Train);
        Train = Ml.Data.Cache(Transformer.Transform(Plan.Train));
        Test = Ml.Data.Cache(Transformer.Transform(Plan.Test));
    }

    public MLContext Ml { get; }

    public ImageDataset Images { get; }

    public ZooPlan Plan { get; }

    public TrainAutoencoderEstimator Trainer { get; }

    public TrainAutoencoderTransformer Transformer { get; }

    /// <summary>The training plan with weights.</summary>
    public IDataView Train { get; }

    /// <summary>The test plan with weights.</summary>
    public IDataView Test { get; }

    /// <summary>Vectorize → normalize → classify, over a column of weights.</summary>
    public IEstimator<ITransformer> Classify(bool trees = true) =>
        Ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.SingularValues | WeightFeatures.Histogram)
            .Append(Ml.Transforms.NormalizeMeanVariance("Features"))
            .Append<ITransformer>(trees
                ? Ml.BinaryClassification.Trainers.FastTree("Origin", "Features", numberOfLeaves: 4, numberOfTrees: 20, minimumExampleCountPerLeaf: 2)
                : Ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Origin", "Features"));

    public static float[] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float>("Score")];
}
