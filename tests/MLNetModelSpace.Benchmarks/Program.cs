using BenchmarkDotNet.Running;

// Run all with: dotnet run -c Release --project tests/MLNetModelSpace.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
