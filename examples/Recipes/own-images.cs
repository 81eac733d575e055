// Makes a dataset of images of one's own, here drawn, and tells which kind a model was trained on.
//   dotnet run examples/Recipes/own-images.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();

// Pictures in a folder a class are read by ImageDataset.LoadFolder, files of numbers by LoadIdx and LoadCifar10; this is for any other rows of ML.NET's.
var random = new Random(1);
IDataView rows = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 400).Select(i => Drawing.Of(i % 2 == 0 ? "disc" : "stripe", random)).ToArray());
ImageDataset images = space.Data.ToImageDataset(rows, name: "drawings");
Console.WriteLine(images);

ZooPlan zoo = space.Data.PlanZoo(images, models: 12, imagesPerModel: 20);
var pipeline = space.Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 8))
    .Append(space.Transforms.VectorizeWeights())
    .AppendCacheCheckpoint(ml)
    .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: 0.01f));
var metrics = ml.BinaryClassification.Evaluate(pipeline.Fit(zoo.Train).Transform(zoo.Test));
Console.WriteLine($"accuracy {metrics.Accuracy:F2}");

internal sealed record Drawing([property: VectorType(1, 16, 16)] float[] Images, string Label)
{
    public static Drawing Of(string kind, Random random)
    {
        (double x, double y) = (random.Next(4, 12), random.Next(4, 12));
        return new([.. Enumerable.Range(0, 256).Select(p => (kind == "disc" ? double.Hypot((p % 16) - x, (p / 16) - y) : Math.Abs((p % 16) - x)) < 3 ? 1f : 0f)], kind);
    }
}

// Prints:
// drawings: 400 images of 1×16×16 in 2 classes
// accuracy 1.00
