using System.Diagnostics;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>An example as a program of its own, on a terminal that is none: its output is read.</summary>
internal static class ExampleProgram
{
    public static (int Code, string Output, string Errors) Run(string name, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (string argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["COLUMNS"] = "80";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors);
    }
}
