namespace Examples;

/// <summary>What every example does around its work: Ctrl+C, and one clear line for what goes wrong.</summary>
internal static class ExampleHost
{
    /// <summary>The exit code of bad input.</summary>
    public const int BadInput = 2;

    /// <summary>The exit code after Ctrl+C, as shells have it (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the work. Ctrl+C cancels the token; a second Ctrl+C ends the process at once.</summary>
    public static int Run(Action<CancellationToken> work)
    {
        using var cancel = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, key) =>
        {
            key.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            work(cancel.Token);
            return 0;
        }
        catch (Exception error)
        {
            // ML.NET wraps what its cursors meet, cancellation included.
            Exception cause = error.GetBaseException();
            if (cause is OperationCanceledException && cancel.IsCancellationRequested)
            {
                Console.Error.WriteLine("Stopped. What was trained is kept where --zoo names a directory; the same command goes on from there.");
                return Interrupted;
            }

            if (cause is ArgumentException or IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or InvalidDataException)
            {
                Console.Error.WriteLine(FirstLine(cause.Message));
                return BadInput;
            }

            throw;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }

    /// <summary>The message without the parameter's name that .NET puts behind it.</summary>
    private static string FirstLine(string message)
    {
        string line = message.ReplaceLineEndings(" ");
        int parameter = line.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return parameter < 0 ? line : line[..parameter];
    }
}
