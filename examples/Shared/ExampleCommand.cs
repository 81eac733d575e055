using System.CommandLine;

namespace Examples;

/// <summary>How every example runs its command line.</summary>
internal static class ExampleCommand
{
    /// <summary>Parses and runs; arguments that do not parse are bad input, told in one line.</summary>
    public static int Invoke(RootCommand command, string[] args)
    {
        ParseResult result = command.Parse(args);
        if (result.Errors.Count > 0)
        {
            Console.Error.WriteLine(result.Errors[0].Message.ReplaceLineEndings(" "));
            return ExampleHost.BadInput;
        }

        // Ctrl+C is the host's: it cancels training and keeps what is done.
        return result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }
}
