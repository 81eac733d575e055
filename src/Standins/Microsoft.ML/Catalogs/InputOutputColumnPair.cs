namespace Microsoft.ML;

/// <summary>The column to make and the column to make it from; the same where only one is named.</summary>
public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
    {
        Errors.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        OutputColumnName = outputColumnName;
        InputColumnName = inputColumnName ?? outputColumnName;
    }

    public string OutputColumnName { get; }

    public string InputColumnName { get; }

    internal static (string Output, string Input)[] ToPairs(InputOutputColumnPair[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Array.ConvertAll(columns, pair => (pair.OutputColumnName, pair.InputColumnName));
    }
}
