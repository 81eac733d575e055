using System.Collections.Concurrent;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>Each example run once on a few models, with every file that it writes: all tests of a class look at the same run.</summary>
public sealed class ExampleRuns : IDisposable
{
    public const string Origin = "OriginClassification", Space = "DatasetSpace", Search = "ModelSearch", Loss = "InformationLoss";

    private static readonly Dictionary<string, string[]> s_arguments = new()
    {
        [Origin] = ["--models", "3", "--epochs", "2", "--images", "20", "--architecture", "linear", "--hidden", "4", "--vectorization", "paper", "--model", "model.zip"],
        [Space] =
        [
            "--classes", "T-shirt/top,Trouser,Sandal", "--models", "24", "--test-models", "6", "--mixtures", "2", "--epochs", "2", "--images", "20", "--hidden", "8",
            "--encoder-epochs", "3", "--members", "1", "--space", "sphere", "--loss", "cosine",
        ],
        [Search] = ["--models", "12", "--queries", "3", "--epochs", "2", "--images", "20", "--hidden", "8", "--embedder-steps", "2"],
        [Loss] = ["--architecture", "conv", "--models", "4", "--epochs", "2", "--images", "20"],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, Lazy<Run>> _runs = new();

    /// <summary>The example's names as test data.</summary>
    public static TheoryData<string> Names => [Origin, Space, Search, Loss];

    internal Run Of(string name) => _runs.GetOrAdd(name, _ => new Lazy<Run>(() =>
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        (int code, string output, string errors) = ExampleProgram.Run(
            name, folder, [.. s_arguments[name], "--json", "results.json", "--svg", "picture.svg", "--png", "picture.png", "--html", "page.html"]);
        return new Run(folder, code, output, errors);
    })).Value;

    public void Dispose() => _folder.Dispose();

    internal sealed record Run(string Folder, int Code, string Output, string Errors)
    {
        public string File(string name) => Path.Combine(Folder, name);

        public string[] Files(string pattern) => Directory.GetFiles(Folder, pattern);
    }
}
