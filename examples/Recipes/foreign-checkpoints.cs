// Makes rows of models that were trained elsewhere: TorchSharp modules, state dicts, safetensors files, PyTorch checkpoints and folders of them.
//   dotnet run examples/Recipes/foreign-checkpoints.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using MLNetModelSpace.Storage;
using static TorchSharp.torch;

ModelSpaceCatalog space = new MLContext(seed: 1).ModelSpace();
string folder = Directory.CreateTempSubdirectory("recipe-").FullName, file = Path.Combine(folder, "theirs.safetensors"), checkpoint = Path.Combine(folder, "mnist.pth");

// As if others had trained and saved it.
random.manual_seed(1);
using var module = nn.Sequential(("encoder", nn.Linear(64, 8)), ("decoder", nn.Linear(8, 64)));
WeightsRow[] rows = [ModelRows.FromModule(module, "module"), ModelRows.FromStateDict(module.state_dict(), "state dict")];
SafetensorsFile.Write(file, WeightLayout.Parse(rows[0].Layout), rows[0].Weights);

// In memory or in a folder: the same columns, which ordinary steps take.
IDataView memory = space.Data.FromWeights([.. rows, ModelRows.FromSafetensors(file)]);
ITransformer spectra = space.Transforms.VectorizeWeights(features: WeightFeatures.SpectralShape).Fit(memory);
float[][] features = [.. spectra.Transform(memory).GetColumn<float[]>("Features"), .. spectra.Transform(space.Data.LoadZoo(folder)).GetColumn<float[]>("Features")];
Console.WriteLine($"{string.Join(", ", memory.GetColumn<string>("Name"))}, folder: {features[0].Length} features, alike: {features.All(one => one.SequenceEqual(features[0]))}");

// PyTorch's checkpoints are read as data: nothing in them is run. Layouts differ, so features are pooled over layers.
File.Copy("tests/MLNetModelSpace.Tests/Storage/checkpoints/mlp-autoencoder-mnist.pth", checkpoint);
Console.WriteLine($"a checkpoint of {WeightLayout.Parse(ModelRows.FromFile(checkpoint).Layout).Tensors.Count} tensors");
ModelFolder mixed = space.Data.LoadModels(folder);
var pooled = space.Transforms.VectorizeWeights(new VectorizeWeightsEstimator.Options { Features = WeightFeatures.SpectralShape, PoolOverLayers = true });
Console.WriteLine($"{mixed.Count} models of {mixed.Layouts.Count} layouts: {pooled.Fit(mixed).Transform(mixed).GetColumn<float[]>("Features").First().Length} features each");
Directory.Delete(folder, recursive: true);

// Prints:
// module, state dict, theirs, folder: 38 features, alike: True
// a checkpoint of 12 tensors
// 2 models of 2 layouts: 97 features each
