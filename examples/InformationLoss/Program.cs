// How much of the one bit "which class was it trained on?" survives in a model's weights, in each vectorization of them, and in a prediction?
//
//   dotnet run -c Release --project examples/InformationLoss
//   dotnet run -c Release --project examples/InformationLoss -- --classes Trouser,Pullover --architecture linear
//   dotnet run -c Release --project examples/InformationLoss -- --help
using Examples;
using Examples.InformationLoss;

return CommandLine.Invoke(args, options => ExampleHost.Run(cancel => new LossExperiment(options, cancel).Run()));
