using BenchmarkDotNet.Running;
using MLNetModelSpace.Benchmarks;

// dotnet run -c Release --project tests/MLNetModelSpace.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfig).Assembly).Run(args, new BenchmarkConfig());
