// Turns what the examples write with --json into the Markdown tables of their READMEs:
//   dotnet run examples/tables.cs -- results.json
// What it prints depends on the rows: one pair of classes, all pairs, ten ways, robustness, the sphere, search, or information.
#:property PublishAot=false
#:property ReferencesModelSpace=false
using System.Globalization;
using System.Text.Json;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0)
{
    Console.Error.WriteLine("tables.cs: expected one or more JSON files that an example wrote with --json.");
    return 2;
}

JsonElement[] rows = [.. args.SelectMany(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement.EnumerateArray())];
JsonElement first = rows[0];
if (first.TryGetProperty("trainedNearest", out _))
    Search();
else if (first.TryGetProperty("labelBits", out _))
    Information();
else if (first.TryGetProperty("meanAngle", out _))
    Sphere();
else if (first.TryGetProperty("macroAccuracy", out _))
    TenWay();
else if (first.TryGetProperty("models", out _))
    Robustness();
else if (rows.Select(row => string.Join(',', row.GetProperty("classes").EnumerateArray())).Distinct().Count() == 1)
    OnePair();
else
    AllPairs();
return 0;

void OnePair()
{
    Head("architecture", "vectorization", "classifier", "precision", "recall", "AUC", "AUC, labels shuffled");
    foreach (JsonElement row in rows)
        Row(Text(row, "architecture"), Feature(row), Trainer(row), Interval(row, "precision"), Interval(row, "recall"), Interval(row, "auc"), Two(row, "shuffledAuc"));
}

void AllPairs()
{
    string[] architectures = Distinct("architecture");
    Head(["features (*functional*)", .. architectures]);
    foreach (string trainer in Distinct("trainer").Reverse())
    {
        foreach (string vectorization in Distinct("vectorization"))
        {
            JsonElement[] mine = [.. rows.Where(row => Text(row, "vectorization") == vectorization && Text(row, "trainer") == trainer)];
            if (mine.Length == 0)
                continue;
            string name = Feature(mine[0]) + (trainer.StartsWith("Fast", StringComparison.Ordinal) ? ", FastTree" : "");
            Row([name, .. architectures.Select(a => Pair(mine.Where(row => Text(row, "architecture") == a), values => values.Average(), "0.000"))]);
            Row([name + ", worst pair", .. architectures.Select(a => Pair(mine.Where(row => Text(row, "architecture") == a), values => values.Min(), "0.00"))]);
        }
    }

    Console.WriteLine();
    Console.WriteLine("T-shirt/top and Shirt:");
    Console.WriteLine();
    Head(["features (*functional*)", .. architectures]);
    JsonElement[] hard = [.. rows.Where(row => Text(row, "trainer") != "FastTree"
        && row.GetProperty("classes").EnumerateArray().Select(c => c.GetString()).Order().SequenceEqual(["Shirt", "T-shirt/top"]))];
    foreach (var group in hard.GroupBy(Feature))
        Row([group.Key, .. architectures.Select(a => Pair(group.Where(row => Text(row, "architecture") == a), values => values.Average(), "0.00"))]);
}

void TenWay()
{
    string[] architectures = Distinct("architecture");
    Head(["features (*functional*)", .. architectures]);
    foreach (var group in rows.GroupBy(row => Feature(row)))
    {
        Row([group.Key, .. architectures.Select(a => string.Join(", ", group.Where(row => Text(row, "architecture") == a)
            .OrderByDescending(row => Number(row, "trainModelsPerClass")).Select(row => Two(row, "macroAccuracy"))))]);
    }
}

void Robustness()
{
    string[] models = Distinct("models");
    Head(["architecture, features", .. models]);
    foreach (var group in rows.Where(row => Text(row, "trainer") != "FastTree").GroupBy(row => $"{Text(row, "architecture")}, {Feature(row)}"))
        Row([group.Key, .. models.Select(m => Pair(group.Where(row => Text(row, "models") == m), values => values.Average(), "0.00"))]);
}

void Sphere()
{
    Head("space", "loss", "mean angle", "mean vector / shuffled targets", "R²", "distances: Spearman", "Kendall", "retrieved at 1 / 5 / 10", "mixture angle");
    foreach (JsonElement row in rows)
    {
        Row(
            Text(row, "space"), Text(row, "loss"), $"{Number(row, "meanAngle"):0.00}°", $"{Number(row, "baselineAngle"):0.0}° / {Number(row, "shuffledAngle"):0.0}°",
            $"{Number(row, "r2"):0.000}", $"{Number(row, "distanceSpearman"):0.000}", $"{Number(row, "distanceKendall"):0.000}",
            $"{Two(row, "recall1")} / {Two(row, "recall5")} / {Two(row, "recall10")}", $"{Number(row, "mixtureAngle"):0.00}°");
    }
}

void Search()
{
    Head("search", "mean error", "within 5% of the best of the zoo");
    foreach ((string name, string property) in new[]
    {
        ("(i) one model trained, nearest place", "trainedNearest"), ("(i) one model trained, least error expected there", "trainedBest"),
        ("(ii) images placed, nearest place", "placedNearest"), ("(ii) images placed, least error expected there", "placedBest"),
    })
        Found(name, row => Number(row.GetProperty(property), "error"));
    Found("a random model", row => Number(row, "randomError"));
    Row("the best of the zoo", $"{rows.Average(row => Number(row, "bestError")):0.0000}", "");

    void Found(string name, Func<JsonElement, double> error) => Row(
        name, $"{rows.Average(error):0.0000}", $"{rows.Average(row => error(row) <= 1.05 * Number(row, "bestError") ? 1 : 0):0%}");
}

void Information()
{
    Head("zoo", "what is known", "bound, bits", "kept", "neighbours, bits", "prediction, bits");
    foreach (var zoo in rows.GroupBy(row => Text(row, "architecture")))
    {
        JsonElement one = zoo.First();
        Row(zoo.Key, "label of the sample", Two(one, "labelBits"), "", "", "");
        Row("", "weights", Bits(one, "weights"), "100%", "", "");
        foreach (JsonElement row in zoo)
            Row("", Text(row, "features"), Bits(row, "bound"), $"{100 * Number(row, "shareKept"):0}%", Bits(row, "neighbors"), Bits(row, "prediction"));
    }

    string Bits(JsonElement row, string property)
    {
        double[] numbers = [.. row.GetProperty(property).EnumerateArray().Select(number => number.GetDouble())];
        return $"{numbers[0]:0.00} ({numbers[1]:0.00} to {numbers[2]:0.00})";
    }
}

// A number with its interval, where there is one.
string Interval(JsonElement row, string property) => row.TryGetProperty($"{property}Interval", out JsonElement ends) && ends.EnumerateArray().All(end => end.ValueKind == JsonValueKind.Number)
    ? $"{Two(row, property)} ({ends[0].GetDouble():0.00} to {ends[1].GetDouble():0.00})"
    : Two(row, property);

string Feature(JsonElement row) => Text(row, "kind") == "functional" ? $"*{Text(row, "vectorization")}*" : Text(row, "vectorization");

string Trainer(JsonElement row) => Text(row, "trainer") == "FastTree" ? "FastTree" : "logistic regression";

string Pair(IEnumerable<JsonElement> some, Func<IEnumerable<double>, double> over, string format)
{
    JsonElement[] these = [.. some];
    return these.Length == 0 ? "" : $"{over(these.Select(row => Number(row, "precision"))).ToString(format)} / {over(these.Select(row => Number(row, "recall"))).ToString(format)}";
}

string[] Distinct(string property) => [.. rows.Select(row => Text(row, property)).Distinct()];

string Text(JsonElement row, string property) => row.GetProperty(property).ToString();

string Two(JsonElement row, string property) => Number(row, property).ToString("0.00");

double Number(JsonElement row, string property) => row.GetProperty(property) switch
{
    { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
    _ => double.NaN,
};

void Head(params string[] names)
{
    Row(names);
    Row([.. names.Select(_ => "---")]);
}

void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
