namespace MLNetModelSpace;

/// <summary>libtorch's errors as they are told to users.</summary>
internal static class TorchErrors
{
    /// <summary>What went wrong, without the native stack behind it.</summary>
    public static string FirstLine(Exception error)
    {
        ReadOnlySpan<char> message = error.Message;
        int end = message.IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).Trim().ToString();
    }
}
