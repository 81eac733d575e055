using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>Each example's command line end to end, on a few models.</summary>
public sealed class ExampleTests(ExampleRuns runs) : IClassFixture<ExampleRuns>
{
    public static TheoryData<string> Names => ExampleRuns.Names;

    [FontTheory]
    [MemberData(nameof(Names))]
    public void RunsWithoutAWordOfComplaint(string name)
    {
        ExampleRuns.Run run = runs.Of(name);

        Assert.True(run.Code == 0, run.Errors);
        Assert.Empty(run.Errors);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LinesFit78Columns(string name)
    {
        // Pieces of a pipe have no width; a line that names a file is as long as the file's name.
        string[] lines = [.. runs.Of(name).Output.Split('\n').Where(line => !line.StartsWith("Saved to ", StringComparison.Ordinal))];

        Assert.Contains(lines, line => line.Contains('─', StringComparison.Ordinal));
        Assert.All(lines, line => Assert.True(line.Length <= 78, line));
        Assert.DoesNotContain(lines, line => line.Contains('\u001b', StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ProgressNamesEachPassOnce(string name)
    {
        string[] passes = [.. runs.Of(name).Output.Split('\n').Where(line => line.Contains("models trained in", StringComparison.Ordinal)).Select(line => line.Split(':')[0])];

        Assert.NotEmpty(passes);
        Assert.Equal(passes.Distinct(), passes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ResultsAreJson(string name)
    {
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(runs.Of(name).File("results.json")));

        Assert.NotEqual(0, results.RootElement.GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PicturesAreSvgAndPngOfTheSameShape(string name)
    {
        ExampleRuns.Run run = runs.Of(name);

        Assert.Equal(run.Files("*.svg").Select(Path.GetFileNameWithoutExtension).Order(), run.Files("*.png").Select(Path.GetFileNameWithoutExtension).Order());
        Assert.True(File.Exists(run.File("picture.svg")));
        foreach (string svg in run.Files("*.svg"))
        {
            XElement root = XDocument.Load(svg).Root!;
            byte[] png = File.ReadAllBytes(Path.ChangeExtension(svg, ".png"));
            Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(png, 1, 3));
            // Width and height follow the signature and the first chunk's head, the higher byte first.
            Assert.Equal(2 * (int)root.Attribute("width")!, (png[18] << 8) | png[19]);
            Assert.Equal(2 * (int)root.Attribute("height")!, (png[22] << 8) | png[23]);
        }
    }

    [FontTheory]
    [MemberData(nameof(Names))]
    public void NoTextOfAPictureIsCut(string name)
    {
        foreach (string svg in runs.Of(name).Files("*.svg"))
        {
            XElement root = XDocument.Load(svg).Root!;
            double width = (double)root.Attribute("width")!, height = (double)root.Attribute("height")!;
            XElement[] texts = [.. root.Descendants().Where(element => element.Name.LocalName == "text")];
            Assert.NotEmpty(texts);
            foreach (XElement text in texts)
            {
                // A place for each letter, in the text's own system: the first and the last letter lie where a letter has room.
                double[] xs = Numbers((string)text.Attribute("x")!), ys = Numbers((string)text.Attribute("y")!);
                double[] m = Matrix((string?)text.Attribute("transform"));
                foreach (double at in (double[])[xs[0], xs[^1]])
                {
                    double x = (m[0] * at) + (m[2] * ys[0]) + m[4], y = (m[1] * at) + (m[3] * ys[0]) + m[5];
                    Assert.True(x is > -1 && x < width - 4 && y > 4 && y < height, $"{Path.GetFileName(svg)}: '{text.Value}' at {x}, {y}");
                }
            }
        }

        static double[] Matrix(string? transform) => transform is null ? [1, 0, 0, 1, 0, 0]
            : transform.StartsWith("translate(", StringComparison.Ordinal) ? [1, 0, 0, 1, .. Numbers(transform["translate(".Length..^1])]
            : Numbers(transform["matrix(".Length..^1]);

        static double[] Numbers(string list) =>
            [.. list.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ThePageSaysHowItWasMadeAndHasEveryPicture(string name)
    {
        ExampleRuns.Run run = runs.Of(name);
        string page = File.ReadAllText(run.File("page.html"));

        Assert.Contains($"dotnet run -c Release --project examples/{name} -- --", page, StringComparison.Ordinal);
        Assert.Matches("<td class=\"text\">seed</td><td class=\"text\">1</td>", page);
        Assert.Matches("<td class=\"text\">commit</td><td class=\"text\">.+?</td>", page);
        Assert.Matches("<td class=\"text\">Microsoft.ML</td><td class=\"text\">5\\.", page);
        Assert.Matches("<td class=\"text\">TorchSharp</td><td class=\"text\">0\\.", page);
        Assert.Equal(run.Files("*.svg").Length, Regex.Count(page, "<figure role=\"img\""));
        Assert.Equal(Regex.Count(run.Output, "^  ─+$", RegexOptions.Multiline) + 1, Regex.Count(page, "<table>"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ThePageLoadsNothing(string name)
    {
        string page = File.ReadAllText(runs.Of(name).File("page.html"));
        // What a script holds is text to the page; a browser's own test is the one below.
        string markup = Regex.Replace(page, "<script>.*?</script>", "", RegexOptions.Singleline);

        Assert.DoesNotMatch("(?i)(src|href|action|data|poster)\\s*=\\s*[\"']?\\s*(https?:)?//|url\\(\\s*[\"']?(https?:)?//|@import", markup);
        Assert.DoesNotMatch("(?i)<script[^>]+src", page);
    }

    [ChromiumTheory]
    [MemberData(nameof(Names))]
    public async Task ThePageOpensInABrowserWithoutAnError(string name)
    {
        Chromium.Visit visit = await Chromium.OpenAsync(runs.Of(name).File("page.html"), "String(document.querySelectorAll('table').length)");

        Assert.Empty(visit.Faults);
        Assert.NotEqual("0", visit.Answer);
    }

    [ChromiumFact]
    public async Task TheSphereIsDrawnTurnsAndTellsShares()
    {
        Chromium.Visit visit = await Chromium.OpenAsync(
            runs.Of(ExampleRuns.Space).File("page.html"),
            """
            (async () => {
                const sphere = document.querySelector('.turned');
                for (let i = 0; i < 600 && !sphere.querySelector('canvas'); i++)
                    await new Promise(done => setTimeout(done, 50));
                await Plotly.relayout(sphere, { 'scene.camera.eye': { x: -1, y: 1, z: 0.5 } });
                return sphere.querySelectorAll('canvas').length + ' ' + sphere._fullLayout.scene.camera.eye.x + ' ' + sphere.data.find(trace => trace.name == 'its model').text[0];
            })()
            """);

        Assert.Empty(visit.Faults);
        Assert.Matches(@"^[1-9]\d* -1 model 0, [\d.]+° off<br>T-shirt/top: \d+%, placed at \d+%<br>Trouser: \d+%, placed at \d+%<br>Sandal: \d+%, placed at \d+%$", visit.Answer);
    }

    [ChromiumFact]
    public async Task ABrowserTellsOfWhatFailsAndOfWhatIsLoaded()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.File("bad.html"), "<!DOCTYPE html><title>bad</title><img src=\"http://nowhere.invalid/a.png\"><script>console.error('told'); throw new Error('thrown');</script>");

        Chromium.Visit visit = await Chromium.OpenAsync(folder.File("bad.html"), "'here'");

        Assert.Equal("here", visit.Answer);
        foreach (string part in (string[])["told", "thrown", "http://nowhere.invalid/a.png"])
            Assert.Contains(visit.Faults, fault => fault.Contains(part, StringComparison.Ordinal));
    }
}
