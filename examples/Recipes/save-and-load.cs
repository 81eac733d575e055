// Keeps models as safetensors files and a fitted pipeline as a zip, and reads both in a context that has seen nothing of them.
//   dotnet run examples/Recipes/save-and-load.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();
string folder = Directory.CreateTempSubdirectory("recipe-").FullName, zip = Path.Combine(folder, "origin.zip");

ZooPlan zoo = space.Data.PlanZoo(ImageDataset.LoadSample(), models: 6);
var training = new TrainAutoencoderEstimator.Options { Architecture = new LinearAutoencoder(hidden: 8), Directory = Path.Combine(folder, "zoo") };
ITransformer model = space.Transforms.TrainAutoencoder(training)
    .Append(space.Transforms.VectorizeWeights())
    .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: 0.01f))
    .Fit(zoo.Train);
ml.Model.Save(model, zoo.Train.Schema, zip);

// ML.NET's own Load reads it; the library's checks every entry of the file first. Models that are trained already are scored without images.
var fresh = new MLContext();
ZooDirectory models = fresh.ModelSpace().Data.LoadZoo(training.Directory);
float[] plain = [.. fresh.Model.Load(zip, out _).Transform(models).GetColumn<float>("Score")];
float[] careful = [.. fresh.ModelSpace().Model.Load(zip).Transform(models).GetColumn<float>("Score")];
Console.WriteLine($"{models.Count} models; both ways of loading agree: {plain.SequenceEqual(careful)}");
Directory.Delete(folder, recursive: true);

// Prints:
// 12 models; both ways of loading agree: True
