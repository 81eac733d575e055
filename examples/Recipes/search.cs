// Searches a zoo by place: an index in memory and in a file, questions that are sums, and search as the last step of a pipeline.
//   dotnet run examples/Recipes/search.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();
ImageDataset images = ImageDataset.LoadFashionMnist("examples/data/fashion-mnist");
ZooPlan zoo = space.Data.PlanZoo(images, models: 48, shares: ZooShares.Dirichlet(["Trouser", "Pullover", "Sandal"]), imagesPerModel: 100);
var pipeline = space.Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 16), epochs: 30)
    .Append(space.Transforms.ProjectComposedMap(new ComposedSubspaceEstimator.Options { Directions = 24 }))
    .AppendCacheCheckpoint(ml)
    .Append(space.Embedding.Trainers.EmbeddingRegression(new EmbeddingRegressionTrainer.Options { Scaling = FeatureScaling.Common, LearningRate = 3e-3, Members = 2 }));
ITransformer placing = pipeline.Fit(zoo.Train);
IDataView placed = placing.Transform(zoo.Train);

// By where models lie; a row's shares come along.
string file = Path.GetTempFileName();
space.Search.BuildIndex(placed, new ModelIndex.Options { MetadataColumnNames = ["Shares"] }).Save(file);
ModelIndex index = ModelIndex.Load(file);
File.Delete(file);
IndexHit found = index.Search(new IndexQuery(3).Plus([1, 0, 0]).Plus([0, 0, 1]), k: 1)[0];
float[] shares = index.GetMetadata<float[]>("Shares", found.Position);
Console.WriteLine($"trousers and sandals: a model of {100 * shares[0]:F0}% and {100 * shares[2]:F0}%, cosine {found.Score:F2}");

// As a step, for each model its nearest ones; images are asked about by placing a small model of them.
IDataView nearest = space.Search.SearchModels(index, count: 3).Fit(placed).Transform(placing.Transform(zoo.Test));
Console.WriteLine($"{nearest.GetColumn<string[]>("NearestIds").First().Length} neighbours of each of {nearest.GetColumn<float[]>("NearestScores").Count()} models");
float[] query = zoo.Test.GetColumn<float[]>("Images").First(), truth = zoo.Test.GetColumn<float[]>("Shares").First();
IndexHit fit = space.Search.SearchByImages(index, images.Shape, placing).SearchByTraining(query, k: 1)[0];
Console.WriteLine($"100 new images, {100 * truth[0]:F0}% trousers: a model of {100 * index.GetMetadata<float[]>("Shares", fit.Position)[0]:F0}%");

// Prints:
// trousers and sandals: a model of 50% and 37%, cosine 0.97
// 3 neighbours of each of 48 models
// 100 new images, 21% trousers: a model of 32%
