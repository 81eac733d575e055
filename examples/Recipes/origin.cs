// Tells by weights alone which class of images an autoencoder was trained on.
//   dotnet run examples/Recipes/origin.cs
#:project ../../src/MLNetModelSpace/MLNetModelSpace.csproj
#:property PublishAot=false
using Microsoft.ML;
using MLNetModelSpace;

var ml = new MLContext(seed: 1);
ModelSpaceCatalog space = ml.ModelSpace();

// Twelve models of each class to learn from and twelve to judge by, which share no image.
ZooPlan zoo = space.Data.PlanZoo(ImageDataset.LoadSample(), models: 12);
Console.WriteLine(zoo);

// The usual penalty is for thousands of rows; a few models want less of it.
var pipeline = space.Transforms.TrainAutoencoder(architecture: new LinearAutoencoder(hidden: 16))
    .Append(space.Transforms.VectorizeWeights(features: WeightFeatures.SingularValues | WeightFeatures.Histogram))
    .AppendCacheCheckpoint(ml)
    .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: 0.01f));

ITransformer model = pipeline.Fit(zoo.Train);
var metrics = ml.BinaryClassification.Evaluate(model.Transform(zoo.Test));
Console.WriteLine($"accuracy {metrics.Accuracy:F2}, AUC {metrics.AreaUnderRocCurve:F2}");

// Prints:
// 24 models for training and 24 for testing on Trouser, Pullover of Fashion-MNIST sample: 100 images each, 5 folds, seed 1
// accuracy 1.00, AUC 1.00
