using System.Diagnostics;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>An example as a program of its own, on a terminal that is none: its output is read.</summary>
internal static class ExampleProgram
{
    public static (int Code, string Output, string Errors) Run(string name, string folder, params string[] arguments) => Run(name, folder, [], null, arguments);

    /// <summary>Runs it with options of <c>dotnet exec</c> and with variables of the environment.</summary>
    public static (int Code, string Output, string Errors) Run(
        string name, string folder, string[] options, IReadOnlyDictionary<string, string>? variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (string argument in (string[])["exec", .. options, Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["COLUMNS"] = "80";
        foreach ((string variable, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors);
    }
}
