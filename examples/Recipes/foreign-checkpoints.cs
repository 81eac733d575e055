// Makes rows of models that were trained elsewhere: TorchSharp modules, state dicts, safetensors files and folders of them.
//   dotnet run examples/Recipes/foreign-checkpoints.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using MLNetModelSpace.Storage;
using static TorchSharp.torch;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();
string folder = Directory.CreateTempSubdirectory("recipe-").FullName;

// As if others had trained and saved it.
random.manual_seed(1);
using var module = nn.Sequential(("encoder", nn.Linear(64, 8)), ("decoder", nn.Linear(8, 64)));
WeightsRow[] rows = [ModelRows.FromModule(module, "module"), ModelRows.FromStateDict(module.state_dict(), "state dict")];
string file = Path.Combine(folder, "theirs.safetensors");
SafetensorsFile.Write(file, WeightLayout.Parse(rows[0].Layout), rows[0].Weights);

// In memory, one file, or a folder: the same columns, which ordinary steps take.
IDataView memory = space.Data.FromWeights([.. rows, ModelRows.FromSafetensors(file)]);
ZooDirectory files = space.Data.LoadZoo(folder);
ITransformer spectra = space.Transforms.VectorizeWeights(features: WeightFeatures.SpectralShape).Fit(memory);
float[][] features = [.. spectra.Transform(memory).GetColumn<float[]>("Features"), .. spectra.Transform(files).GetColumn<float[]>("Features")];
Console.WriteLine($"{string.Join(", ", memory.GetColumn<string>("Name"))}; a folder of {files.Count}");
Console.WriteLine($"{features[0].Length} features, alike: {features.All(one => one.SequenceEqual(features[0]))}");
Directory.Delete(folder, recursive: true);

// Prints:
// module, state dict, theirs; a folder of 1
// 38 features, alike: True
