using System.Globalization;

namespace MLNetModelSpace;

/// <summary>How far a pass over rows has come.</summary>
/// <param name="Rows">Rows that are done.</param>
/// <param name="Total">Rows of the whole pass, where the view tells its number of rows.</param>
/// <param name="Elapsed">Time since the pass began.</param>
public sealed record RowProgress(long Rows, long? Total, TimeSpan Elapsed)
{
    /// <summary>One line, such as <c>120/400 rows in 3.4 s</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Rows}{(Total is { } total ? $"/{total}" : "")} rows in {Elapsed.TotalSeconds:F1} s");
}
