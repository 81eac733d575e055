// Where does a model lie on the sphere of datasets? The paper's section 4.2: an encoder from weights to class shares.
//
//   dotnet run -c Release --project examples/DatasetSpace
//   dotnet run -c Release --project examples/DatasetSpace -- --classes Trouser,Shirt,Bag --loss cosine --space sphere
//   dotnet run -c Release --project examples/DatasetSpace -- --help
using Examples;
using Examples.DatasetSpace;

return CommandLine.Invoke(args, options => ExampleHost.Run(cancel => new SpaceExperiment(options, cancel).Run()));
