// Trains an architecture of one's own, any TorchSharp module, and looks into a saved pipeline of it.
//   dotnet run examples/Recipes/own-architecture.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using static TorchSharp.torch;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();

// Takes images, n×C×H×W, to their reconstructions; it is made under the seed of its model. A file holds its name alone, so it is registered before one is loaded.
var mine = new ModuleArchitecture("two-layers", _ => nn.Sequential(
    nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 784), nn.Sigmoid(), nn.Unflatten(1, [1, 28, 28])));
ModuleArchitecture.Register(mine);

ZooPlan zoo = space.Data.PlanZoo(ImageDataset.LoadSample(), models: 4, imagesPerModel: 100);
var pipeline = space.Transforms.TrainAutoencoder(new TrainAutoencoderEstimator.Options { Architecture = mine, Epochs = 10, Loss = ReconstructionLoss.BinaryCrossEntropy })
    .Append(space.Transforms.VectorizeWeights(features: WeightFeatures.LayerStatistics));
ITransformer model = pipeline.Fit(zoo.Train);

string file = Path.GetTempFileName();
ml.Model.Save(model, zoo.Train.Schema, file);
IDataView scored = new MLContext().ModelSpace().Model.Load(file).Transform(zoo.Test);
File.Delete(file);
VBuffer<ReadOnlyMemory<char>> slots = default;
scored.Schema["Features"].GetSlotNames(ref slots);
Console.WriteLine($"{scored.GetColumn<float[]>("Weights").First().Length} weights, {slots.Length} features, the first is '{slots.GetValues()[0]}'");
Console.WriteLine($"reconstruction error {scored.GetColumn<float>("ReconstructionError").Average():F2}");

// Prints:
// 50992 weights, 44 features, the first is '1.weight mean'
// reconstruction error 0.05
