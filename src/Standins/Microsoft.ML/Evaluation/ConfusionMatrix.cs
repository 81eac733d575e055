using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>How often each class was taken for each.</summary>
public sealed class ConfusionMatrix
{
    private readonly string _title;
    private readonly string[] _names;

    internal ConfusionMatrix(double[][] counts, string[] names, string title)
    {
        int n = counts.Length;
        _names = names;
        _title = title;
        NumberOfClasses = n;
        Counts = Array.AsReadOnly<IReadOnlyList<double>>([.. counts.Select(row => Array.AsReadOnly(row))]);
        double[] precision = new double[n], recall = new double[n];
        for (int c = 0; c < n; c++)
        {
            double predicted = 0, actual = 0;
            for (int other = 0; other < n; other++)
            {
                predicted += counts[other][c];
                actual += counts[c][other];
            }
            precision[c] = predicted > 0 ? counts[c][c] / predicted : 0;
            recall[c] = actual > 0 ? counts[c][c] / actual : 0;
        }
        PerClassPrecision = Array.AsReadOnly(precision);
        PerClassRecall = Array.AsReadOnly(recall);
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>Rows are true classes, columns predicted ones.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses { get; }

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        CheckClass(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        CheckClass(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    public string GetFormattedConfusionTable()
    {
        // Names too long for a column are written beside the rows, and numbers head the columns.
        int width = NumberOfClasses == 2 ? 8 : 5;
        bool numbered = _names.Any(name => name.Length > width);
        var rows = numbered ? NumberedNames() : _names;
        int side = Math.Max("PREDICTED".Length, rows.Max(name => name.Length));
        var rule = new string('=', (width + 3) * NumberOfClasses);
        var text = new StringBuilder(_title);
        text.Append("Confusion table\n").Append(' ', side).Append(" ||").Append(rule).Append('\n');
        text.Append("PREDICTED".PadRight(side)).Append(" ||");
        for (int c = 0; c < NumberOfClasses; c++)
            text.Append(' ').Append((numbered ? c.ToString(CultureInfo.InvariantCulture) : _names[c]).PadLeft(width)).Append(" |");
        text.Append(" Recall\n").Append("TRUTH".PadRight(side)).Append(" ||").Append(rule).Append('\n');
        for (int c = 0; c < NumberOfClasses; c++)
        {
            text.Append(rows[c].PadLeft(side)).Append(" ||");
            foreach (double count in Counts[c])
                text.Append(' ').Append(count.ToString("N0", CultureInfo.InvariantCulture).PadLeft(width)).Append(" |");
            text.Append(' ').Append(Share(PerClassRecall[c])).Append('\n');
        }
        text.Append(' ', side).Append(" ||").Append(rule).Append('\n').Append("Precision".PadRight(side)).Append(" ||");
        foreach (double precision in PerClassPrecision)
            text.Append(Share(precision).PadLeft(width + 1)).Append(" |");
        return text.Append('\n').ToString();
    }

    private static string Share(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private string[] NumberedNames()
    {
        int digits = (NumberOfClasses - 1).ToString(CultureInfo.InvariantCulture).Length, longest = _names.Max(name => name.Length);
        return [.. _names.Select((name, c) => $"{c.ToString(CultureInfo.InvariantCulture).PadLeft(digits)}. {name.PadLeft(longest)}")];
    }

    private void CheckClass(int index, string parameter)
    {
        if (index < 0 || index >= NumberOfClasses)
            throw new ArgumentOutOfRangeException(parameter, "Invalid index. Should be non-negative, less than the number of classes.");
    }
}
