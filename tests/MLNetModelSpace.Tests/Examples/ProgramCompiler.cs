using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>Compiles programs of one file, as the SDK compiles an empty console project's with the library beside, in a second instead of a build.</summary>
internal static class ProgramCompiler
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("MLNetModelSpace.Tests", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Parses a file, lines such as <c>#:project</c> included.</summary>
    public static SyntaxTree Parse(string source) =>
        CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]));

    /// <summary>Compiles a program without a warning, into a file of that path.</summary>
    public static void Compile(string source, string path)
    {
        SyntaxTree program = Parse(source);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path),
            [program, CSharpSyntaxTree.ParseText(ImplicitUsings, (CSharpParseOptions)program.Options)],
            s_references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        string[] complaints = [.. compilation.Emit(path).Diagnostics.Where(one => one.Severity >= DiagnosticSeverity.Warning).Select(one => one.ToString())];
        Assert.True(complaints.Length == 0, string.Join(Environment.NewLine, complaints));
    }
}
