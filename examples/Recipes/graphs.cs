// Reads models as graphs, in which the order of hidden units does not show: spectra of the graph, and a message-passing network.
//   dotnet run examples/Recipes/graphs.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();
ImageDataset images = ImageDataset.LoadFashionMnist("examples/data/fashion-mnist");
ZooPlan zoo = space.Data.PlanZoo(images, new ZooPlan.Options { Models = 48, TestModels = 16, ImagesPerModel = 100, Shares = ZooShares.Dirichlet(["Trouser", "Pullover", "Sandal"]) });
var trained = space.Transforms.TrainAutoencoder(architecture: new ConvolutionalAutoencoder(channels: 8, kernel: 7, stride: 7), epochs: 20).Fit(zoo.Train);
IDataView train = ml.Data.Cache(trained.Transform(zoo.Train)), test = ml.Data.Cache(trained.Transform(zoo.Test));

Report("spectra", space.Transforms.DescribeGraphs().Append(space.Embedding.Trainers.EmbeddingRegression()));
Report("messages", space.Embedding.Trainers.GraphEmbedding(new GraphEmbeddingTrainer.Options { Epochs = 20 }));

void Report<T>(string name, IEstimator<T> estimator)
    where T : class, ITransformer
{
    EmbeddingMetrics metrics = space.Embedding.Evaluate(estimator.Fit(train).Transform(test));
    Console.WriteLine($"{name}: off by {metrics.MeanAngle:F0}°, shuffled targets by {metrics.ShuffledBaseline!.MeanAngle:F0}°");
}

// Prints:
