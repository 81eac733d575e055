// Embeds images by a small residual network, finds the classes that lie farthest apart, and asks models what they make of each class.
//   dotnet run examples/Recipes/image-embedding.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();
ImageDataset images = ImageDataset.LoadIdx(
    "examples/data/fashion-mnist/t10k-images-idx3-ubyte.gz", "examples/data/fashion-mnist/t10k-labels-idx1-ubyte.gz",
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]);

// The network is trained on one half of the images and looks at the other.
ZooPlan zoo = space.Data.PlanZoo(images, models: 3, imagesPerModel: 100);
IDataView view = space.Data.FromImages(images, zoo.TestImages().Where((_, i) => i % 10 == 0));
ITransformer embedder = space.Transforms.EmbedImages(new ResNetEmbedderEstimator.Options
{
    TrainingImages = images, TrainingIndices = zoo.TrainImages(), MaxSteps = 60, Mirror = true,
}).Fit(view);
ClassTriple far = space.Embedding.FindFarthestClasses(embedder.Transform(view)).ByMinimum;
Console.WriteLine($"farthest apart: {string.Join(", ", new[] { far.First, far.Second, far.Third }.Select(k => images.ClassNames[k]))}");

// Three models of each class: whose images does a model rebuild best?
IDataView models = space.Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 16), epochs: 40).Fit(zoo.Train).Transform(zoo.Train);
int[][] ofClasses = [.. images.ClassNames.Select(name => zoo.TestImages(name).ToArray())];
float[][] errors = [.. space.Transforms.ProbeClassErrors(images, ofClasses, imagesPerClass: 20).Fit(models).Transform(models).GetColumn<float[]>("ClassErrors")];
uint[] own = [.. models.GetColumn<uint>("OriginClass")];
Console.WriteLine($"of its own class: {own.Where((key, i) => Array.IndexOf(errors[i], errors[i].Min()) == key - 1).Count()} of {own.Length} models");

// Prints:
// farthest apart: Trouser, Pullover, Sneaker
// of its own class: 24 of 30 models
