// What are the models in this folder, whoever made them, and which are alike?
//
//   dotnet run -c Release --project examples/ImportedModels -- --models tests/MLNetModelSpace.Tests/Storage/checkpoints
//   dotnet run -c Release --project examples/ImportedModels -- --models DIR --features composed-map,graph --json models.json
//   dotnet run -c Release --project examples/ImportedModels -- --help
using Examples.ImportedModels;

return CommandLine.Invoke(args);
