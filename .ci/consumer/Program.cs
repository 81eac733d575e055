using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using TorchSharp;

// An application that knows the library as a package alone: it trains a zoo and a classifier, saves the pipeline and reads it in another context.
if (args.Length != 2)
    throw new ArgumentException("Expected the folder of the Fashion-MNIST files and the pipeline's file.");
var ml = new MLContext(seed: 1);
ImageDataset images = ImageDataset.LoadFashionMnist(args[0]);
ZooPlan zoo = ml.ModelSpace().Data.PlanZoo(images, models: 8, shares: ZooShares.OneClassEach("Trouser", "Pullover"));
var training = new TrainAutoencoderEstimator.Options { Architecture = new LinearAutoencoder(hidden: 8), Epochs = 5 };
var pipeline = ml.ModelSpace().Transforms.TrainAutoencoder(training)
    .Append(ml.ModelSpace().Transforms.VectorizeWeights("Features", "Weights", WeightFeatures.SingularValues | WeightFeatures.Histogram))
    .AppendCacheCheckpoint(ml)
    .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Origin", "Features", l1Regularization: 0));   // of sixteen models, a penalty of 1 leaves nothing
ITransformer model = pipeline.Fit(zoo.Train);
float[] scores = [.. model.Transform(zoo.Test).GetColumn<float>("Score")];
ml.Model.Save(model, zoo.Train.Schema, args[1]);

var other = new MLContext();
ITransformer loaded = other.Model.Load(args[1], out _);
float[] again = [.. loaded.Transform(zoo.Test).GetColumn<float>("Score")];
if (scores.Length != 16 || scores.Distinct().Count() < 2 || !scores.SequenceEqual(again))
    throw new InvalidOperationException($"Scores: {string.Join(" ", scores)}; from the file: {string.Join(" ", again)}.");

// Of mm, not of matmul: TorchSharp 0.107.0 lets what matmul throws end the process.
try
{
    using torch.Tensor left = torch.zeros(2, 3), right = torch.zeros(2, 3);
    using torch.Tensor product = left.mm(right);
    throw new InvalidOperationException("A product of 2x3 and 2x3 was made.");
}
catch (System.Runtime.InteropServices.ExternalException error)
{
    Console.WriteLine($"{scores.Length} models scored alike before and after the file; libtorch's error was caught: {error.Message.Split('\n')[0]}");
}
