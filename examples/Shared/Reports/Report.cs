using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Examples;

/// <summary>What a run has to show: told on the console as it comes, and kept for the page and the pictures that the command line asks for.</summary>
internal sealed partial class Report(string title, ExampleOptions options)
{
    private readonly StringBuilder _body = new();
    private readonly List<(string Name, Func<Picture> Draw)> _pictures = [];
    private readonly List<(string Title, string Script)> _scripts = [];
    private string _library = "";

    /// <summary>Prints a table.</summary>
    public void Add(ReportTable table)
    {
        Console.WriteLine();
        Console.Write(table.ToText());
        _body.Append(table.ToHtml());
    }

    /// <summary>Prints a line.</summary>
    public void Say(string line)
    {
        foreach (string part in ReportTable.Wrap(line))
            Console.WriteLine(part);
        _body.Append($"<p>{WebUtility.HtmlEncode(line)}</p>\n");
    }

    /// <summary>Keeps a picture, which is drawn where a file asks for it. The first is the one that is drawn in any case.</summary>
    /// <param name="name">What its file has in its name, unless it is the first.</param>
    /// <param name="draw">Draws it.</param>
    public void AddPicture(string name, Func<Picture> draw) => _pictures.Add((name, draw));

    /// <summary>Keeps a picture that the reader can turn, for the page alone.</summary>
    /// <param name="title">What is shown.</param>
    /// <param name="library">A script that is needed once.</param>
    /// <param name="script">What draws into the element that the variable <c>target</c> holds.</param>
    public void AddScript(string title, Func<string> library, Func<string> script)
    {
        if (options.Html is null)
            return;
        _library = library();
        _scripts.Add((title, script()));
    }

    /// <summary>Draws and writes.</summary>
    /// <param name="usual">The name of the picture in the temporary folder where the command line names no file.</param>
    public void Write(string usual)
    {
        if (!PictureStyle.ChooseFont())
            Console.Error.WriteLine("No font is installed, so pictures are without text; Debian and Ubuntu have one in fonts-dejavu-core.");
        var drawn = new List<Picture>();
        if (_pictures.Count > 0)
        {
            bool all = (options.Svg ?? options.Png ?? options.Html) is not null;
            drawn.AddRange(_pictures.Take(all ? _pictures.Count : 1).Select(picture => picture.Draw()));
            string? svg = options.Svg ?? (options.Png is null ? Path.Combine(Path.GetTempPath(), usual) : null);
            for (int i = 0; i < drawn.Count; i++)
            {
                if (svg is not null && (i == 0 || options.Svg is not null))
                    Tell(Name(svg, i), path => OutputFile.WriteText(path, drawn[i].ToSvg()));
                if (options.Png is { } png)
                    Tell(Name(png, i), path => OutputFile.Write(path, stream => stream.Write(drawn[i].ToPng())));
            }
        }

        if (options.Html is { } html)
            Tell(html, path => OutputFile.WriteText(path, Page(drawn)));

        string Name(string path, int i) => i == 0 ? path : OutputFile.Beside(path, _pictures[i].Name);
    }

    private static void Tell(string path, Action<string> write)
    {
        write(path);
        Console.WriteLine($"Written to {path}.");
    }

    private string Page(IReadOnlyList<Picture> pictures)
    {
        var page = new StringBuilder(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <!-- The page has everything in it; a browser that follows this line loads nothing else. -->
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:">
            <link rel="icon" href="data:,">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <style>
            body {"{"} font-family: "DejaVu Sans", Arial, Helvetica, sans-serif; color: #222; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.45; {"}"}
            table {"{"} border-collapse: collapse; margin: 1.5rem 0; font-size: 0.9rem; font-variant-numeric: tabular-nums; {"}"}
            caption {"{"} text-align: left; font-weight: bold; padding-bottom: 0.4rem; {"}"}
            th, td {"{"} padding: 0.15rem 0.6rem; text-align: right; {"}"}
            thead th {"{"} border-bottom: 1px solid #888; {"}"}
            th.group {"{"} text-align: center; {"}"}
            th.section {"{"} text-align: left; padding-top: 0.6rem; {"}"}
            .text {"{"} text-align: left; {"}"}
            td.text {"{"} overflow-wrap: anywhere; {"}"}
            figure {"{"} margin: 2rem 0; {"}"}
            figure svg {"{"} max-width: 100%; height: auto; {"}"}
            .turned {"{"} height: 40rem; {"}"}
            </style>
            </head>
            <body>
            <h1>{WebUtility.HtmlEncode(title)}</h1>

            """);
        if (_scripts.Count > 0)
            page.Append("<script>").Append(_library).Append("</script>\n");
        foreach ((string name, string script) in _scripts)
            page.Append($"<figure><figcaption>{WebUtility.HtmlEncode(name)}</figcaption><div class=\"turned\"></div>\n<script>\n{{ const target = document.currentScript.previousElementSibling;\n{script}\n}}\n</script></figure>\n");
        page.Append(_body);
        for (int i = 0; i < pictures.Count; i++)
            page.Append($"<figure role=\"img\" aria-label=\"{WebUtility.HtmlEncode(pictures[i].Title)}\">\n{Inline(pictures[i].ToSvg(), i)}</figure>\n");
        page.Append(RunFacts.Table(options).ToHtml());
        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>The picture's element alone, scalable, its names told apart from those of the page's other pictures.</summary>
    private static string Inline(string svg, int number)
    {
        string element = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        element = SizePattern().Replace(element, "viewBox=\"0 0 $1 $2\" width=\"$1\" height=\"$2\"", 1);
        return NamePattern().Replace(element, match => $"{match.Groups[1].Value}p{number}-");
    }

    [GeneratedRegex("width=\"([0-9.]+)\" height=\"([0-9.]+)\"")]
    private static partial Regex SizePattern();

    [GeneratedRegex("(\\bid=\"|url\\(#|href=\"#)")]
    private static partial Regex NamePattern();
}
