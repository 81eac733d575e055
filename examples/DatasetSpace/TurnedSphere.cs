using System.Globalization;
using System.Text.Json;

namespace Examples.DatasetSpace;

/// <summary>The sphere as a page's script that draws with plotly.js: it can be turned, and pointing at a model tells its shares.</summary>
internal static class TurnedSphere
{
    private const string Library = "Plotly.NET.plotly-2.28.0.min.js";

    /// <summary>plotly.js, out of the package that carries it.</summary>
    public static string LoadLibrary()
    {
        using Stream stream = typeof(Plotly.NET.Chart).Assembly.GetManifestResourceStream(Library)
            ?? throw new InvalidOperationException($"Plotly.NET {typeof(Plotly.NET.Chart).Assembly.GetName().Version} carries no '{Library}'.");
        using var reader = new StreamReader(stream);
        string script = reader.ReadToEnd();
        return script.Contains("</script", StringComparison.OrdinalIgnoreCase)
            ? throw new InvalidOperationException($"'{Library}' would end the script that it is put into.")
            : script;
    }

    public static string Script(Sphere sphere)
    {
        float[][] corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        object[] data =
        [
            .. corners.Select((corner, i) => Line(Sphere.Arc(corner, corners[(i + 1) % 3], 32), "#888888", 3, null)),
            Line(Enumerable.Range(0, sphere.Targets.Count).SelectMany(i => (IEnumerable<float[]?>)[.. Sphere.Arc(sphere.Targets[i], sphere.Places[i], 6), null]), "#D55E00", 2, "between them"),
            Points(sphere.Targets, sphere, "#0072B2", "circle", 4, "dataset"),
            Points(sphere.Places, sphere, "#D55E00", "diamond", 3, "its model"),
            new
            {
                type = "scatter3d",
                mode = "text",
                x = corners.Select(corner => 1.12 * corner[0]),
                y = corners.Select(corner => 1.12 * corner[1]),
                z = corners.Select(corner => 1.12 * corner[2]),
                text = sphere.Classes,
                hoverinfo = "skip",
                showlegend = false,
            },
        ];
        object axis = new { visible = false, range = (double[])[-0.05, 1.2] };
        object layout = new
        {
            margin = new { l = 0, r = 0, t = 0, b = 0 },
            legend = new { orientation = "h", itemsizing = "constant" },
            scene = new { xaxis = axis, yaxis = axis, zaxis = axis, aspectmode = "cube", camera = new { eye = new { x = 1.1, y = 1.1, z = 1.1 } } },
        };
        return $"Plotly.newPlot(target, {JsonSerializer.Serialize(data)}, {JsonSerializer.Serialize(layout)}, {{ responsive: true, displaylogo: false }});";
    }

    private static object Line(IEnumerable<float[]?> points, string colour, double width, string? name)
    {
        float[]?[] all = [.. points];
        return new
        {
            type = "scatter3d",
            mode = "lines",
            x = all.Select(point => Rounded(point?[0])),
            y = all.Select(point => Rounded(point?[1])),
            z = all.Select(point => Rounded(point?[2])),
            line = new { color = colour, width },
            name = name ?? "",
            showlegend = name is not null,
            hoverinfo = "skip",
        };
    }

    private static object Points(IReadOnlyList<float[]> places, Sphere sphere, string colour, string symbol, double size, string name)
    {
        float[][] units = [.. places.Select(Sphere.Unit)];
        return new
        {
            type = "scatter3d",
            mode = "markers",
            x = units.Select(point => Rounded(point[0])),
            y = units.Select(point => Rounded(point[1])),
            z = units.Select(point => Rounded(point[2])),
            marker = new { color = colour, symbol, size },
            name,
            text = places.Select((_, i) => Describe(sphere, i)),
            hovertemplate = "%{text}<extra>" + name + "</extra>",
        };
    }

    /// <summary>A model's true shares, and those that its place stands for.</summary>
    private static string Describe(Sphere sphere, int i)
    {
        float[] target = Shares(sphere.Targets[i]), place = Shares(sphere.Places[i]);
        return $"model {i}, {Sphere.Angle(sphere.Targets[i], sphere.Places[i]).ToString("F1", CultureInfo.InvariantCulture)}° off<br>" + string.Join("<br>", sphere.Classes.Select((name, k) =>
            string.Create(CultureInfo.InvariantCulture, $"{name.Replace("<", "&lt;", StringComparison.Ordinal)}: {100 * target[k]:F0}%, placed at {100 * place[k]:F0}%")));
    }

    private static float[] Shares(float[] place)
    {
        float sum = place.Sum(value => Math.Max(0, value));
        return Array.ConvertAll(place, value => Math.Max(0, value) / sum);
    }

    private static double? Rounded(float? value) => value is { } number ? Math.Round(number, 4) : null;
}
