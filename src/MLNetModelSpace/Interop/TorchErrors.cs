using System.Runtime.InteropServices;

namespace MLNetModelSpace.Interop;

/// <summary>libtorch's errors as they are told to users.</summary>
internal static class TorchErrors
{
    private const string ScriptCause = "\nRuntimeError: ";

    /// <summary>What went wrong, without the native stack behind it.</summary>
    public static string FirstLine(Exception error)
    {
        ReadOnlySpan<char> message = error.Message;
        // A script's error begins with the script.
        int cause = message.IndexOf(ScriptCause, StringComparison.Ordinal);
        if (cause >= 0)
            message = message[(cause + ScriptCause.Length)..];
        int end = message.IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).Trim().ToString();
    }

    /// <summary>What libtorch refused, in one line behind what was tried. Its own text, with the native stack, is in <see cref="Exception.Data"/>
    /// under <c>libtorch</c>: behind ML.NET's cursors callers look at the innermost exception.</summary>
    /// <param name="tried">A sentence without its end, such as "The models cannot be run".</param>
    /// <param name="error">What TorchSharp threw.</param>
    public static InvalidOperationException Explain(string tried, ExternalException error)
    {
        var explained = new InvalidOperationException($"{tried}: {FirstLine(error)}");
        explained.Data["libtorch"] = error.Message;
        return explained;
    }
}
