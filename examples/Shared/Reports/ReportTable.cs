using System.Net;
using System.Text;

namespace Examples;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Group">The heading over it and the columns beside it that have the same; empty for none.</param>
/// <param name="Left">Whether cells are text, which begins at the left.</param>
internal sealed record ReportColumn(string Name, string Group = "", bool Left = false);

/// <summary>A table for a terminal of 80 columns and for a page, with headings over groups of columns and titles over groups of rows.</summary>
internal sealed class ReportTable(string title, params IReadOnlyList<ReportColumn> columns)
{
    /// <summary>The most that a line has.</summary>
    public const int Width = 78;

    private const string Indent = "  ";

    // A row without cells is the title of those after it.
    private readonly List<(string? Section, string[] Cells)> _rows = [];

    public string Title => title;

    /// <summary>Begins rows with a title of their own.</summary>
    public ReportTable Section(string name)
    {
        _rows.Add((name, []));
        return this;
    }

    public ReportTable Row(params string[] cells)
    {
        if (cells.Length != columns.Count)
            throw new ArgumentException($"A row has {cells.Length} cells; expected {columns.Count}.", nameof(cells));
        _rows.Add((null, cells));
        return this;
    }

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (string line in Wrap(title))
            text.Append(line).Append('\n');
        int[] widths = [.. columns.Select((column, i) => _rows.Where(row => row.Section is null).Select(row => row.Cells[i].Length).Append(column.Name.Length).Max())];
        string gap = new(' ', Gap(widths));
        if (columns.Any(column => column.Group.Length > 0))
            text.Append(GroupLine(widths, gap)).Append('\n');
        text.Append(Line([.. columns.Select(column => column.Name)], widths, gap)).Append('\n');
        text.Append(Indent).Append('─', widths.Sum() + (gap.Length * (widths.Length - 1))).Append('\n');
        foreach ((string? section, string[] cells) in _rows)
        {
            foreach (string line in section is null ? [Line(cells, widths, gap)] : Wrap(section))
                text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    public string ToHtml()
    {
        var html = new StringBuilder($"<table>\n<caption>{Encode(title)}</caption>\n<thead>\n");
        if (columns.Any(column => column.Group.Length > 0))
        {
            html.Append("<tr>");
            foreach ((string group, int first, int count) in Groups())
                html.Append($"<th scope=\"colgroup\" colspan=\"{count}\"{(group.Length > 0 ? " class=\"group\"" : "")}>{Encode(group)}</th>");
            html.Append("</tr>\n");
        }

        html.Append("<tr>");
        foreach (ReportColumn column in columns)
            html.Append($"<th scope=\"col\"{Class(column)}>{Encode(column.Name)}</th>");
        html.Append("</tr>\n</thead>\n<tbody>\n");
        foreach ((string? section, string[] cells) in _rows)
        {
            html.Append("<tr>");
            if (section is not null)
                html.Append($"<th scope=\"rowgroup\" class=\"section\" colspan=\"{columns.Count}\">{Encode(section)}</th>");
            for (int i = 0; i < cells.Length; i++)
                html.Append($"<td{Class(columns[i])}>{Encode(cells[i])}</td>");
            html.Append("</tr>\n");
        }

        return html.Append("</tbody>\n</table>\n").ToString();

        static string Class(ReportColumn column) => column.Left ? " class=\"text\"" : "";
    }

    /// <summary>Text in lines of at most <see cref="Width"/>; a word that is longer has a line of its own.</summary>
    public static IEnumerable<string> Wrap(string text)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }

    /// <summary>Two spaces between columns where they fit, else one.</summary>
    private static int Gap(int[] widths) => Indent.Length + widths.Sum() + (2 * (widths.Length - 1)) <= Width ? 2 : 1;

    private string Line(string[] cells, int[] widths, string gap) =>
        (Indent + string.Join(gap, cells.Select((cell, i) => columns[i].Left ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])))).TrimEnd();

    /// <summary>Each group's heading in the middle over its columns; a heading that is longer than they are widens the first.</summary>
    private string GroupLine(int[] widths, string gap)
    {
        var line = new StringBuilder(Indent);
        foreach ((string group, int first, int count) in Groups())
        {
            int room = widths[first..(first + count)].Sum() + (gap.Length * (count - 1));
            if (group.Length > room)
            {
                widths[first] += group.Length - room;
                room = group.Length;
            }

            int before = (room - group.Length) / 2;
            line.Append(first > 0 ? gap : "").Append(' ', before).Append(group).Append(' ', room - group.Length - before);
        }

        return line.ToString().TrimEnd();
    }

    private IEnumerable<(string Group, int First, int Count)> Groups()
    {
        for (int first = 0; first < columns.Count;)
        {
            int end = first + 1;
            while (end < columns.Count && columns[end].Group == columns[first].Group)
                end++;
            yield return (columns[first].Group, first, end - first);
            first = end;
        }
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
