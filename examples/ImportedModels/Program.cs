// What are the models in this folder, whoever made them, and which are alike?
//
//   dotnet run -c Release --project examples/ImportedModels -- --models tests/MLNetModelSpace.Tests/Storage/checkpoints
//   dotnet run -c Release --project examples/ImportedModels -- --models DIR --features composed-map,graph --html models.html
//   dotnet run -c Release --project examples/ImportedModels -- --help
using Examples;
using Examples.ImportedModels;

return CommandLine.Invoke(args, options =>
{
    int read = 0;
    int code = ExampleHost.Run(_ => read = new ImportExperiment(options).Run());
    return code == 0 && read == 0 ? ExampleHost.BadInput : code;
});
