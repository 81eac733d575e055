// Which class of images was an autoencoder trained on? ML.NET tells from its weights alone.
//
//   dotnet run -c Release --project examples/OriginClassification
//   dotnet run -c Release --project examples/OriginClassification -- --classes T-shirt/top,Shirt --architecture linear
//   dotnet run -c Release --project examples/OriginClassification -- --help
using Examples;
using Examples.OriginClassification;

return CommandLine.Invoke(args, options => ExampleHost.Run(cancel => new OriginExperiment(options, cancel).Run()));
