// Which model of a zoo fits these images? Found by training one small model, and without training any.
//
//   dotnet run -c Release --project examples/ModelSearch
//   dotnet run -c Release --project examples/ModelSearch -- --queries 50 --models 400
//   dotnet run -c Release --project examples/ModelSearch -- --help
using Examples;
using Examples.ModelSearch;

return CommandLine.Invoke(args, options => ExampleHost.Run(cancel => new SearchExperiment(options, cancel).Run()));
