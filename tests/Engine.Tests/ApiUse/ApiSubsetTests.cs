using System.Reflection;

namespace Engine.Tests.ApiUse;

/// <summary>
/// The stand-ins have nothing the official packages lack: every public or protected member of the assemblies in use is in the lists under <c>api/</c>.
/// A type is of the same kind; it may implement fewer interfaces, and leave out a class between it and an ancestor.
/// </summary>
public class ApiSubsetTests
{
    [Fact]
    public void MicrosoftMLHasOnlyOfficialMembers() => Check(typeof(Microsoft.ML.MLContext).Assembly, "microsoft.ml-5.0.0.txt", "microsoft.ml.fasttree-5.0.0.txt");

    [Fact]
    public void TorchSharpHasOnlyOfficialMembers() => Check(typeof(TorchSharp.torch).Assembly, "torchsharp-0.105.2.txt");

    // The official assemblies themselves may be of a neighbouring version, and hold more than these lists: only stand-ins are bound by them.
    private static void Check(Assembly assembly, params string[] lists)
    {
        if (!assembly.GetName().Name!.StartsWith("Standin.", StringComparison.Ordinal))
            return;
        var official = lists.SelectMany(list => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "api", list))).ToHashSet();
        var headers = official.Where(line => !line.Contains(" :: ")).Select(Header.Parse).ToDictionary(header => header.Name);
        var unknown = ApiSurface.Of(assembly)
            .Where(line => line.Contains(" :: ") ? !official.Contains(line) : !Header.Parse(line).IsWithin(headers))
            .ToArray();
        Assert.True(unknown.Length == 0, $"{unknown.Length} signatures are not official:\n{string.Join('\n', unknown)}");
    }

    /// <summary>A type's line: <c>Name : kind : base, interfaces</c>.</summary>
    private sealed record Header(string Name, string Kind, string[] Bases)
    {
        public static Header Parse(string line)
        {
            var parts = line.Split(" : ", 3);
            return new Header(parts[0], parts[1], parts.Length < 3 ? [] : parts[2].Split(", "));
        }

        public bool IsWithin(Dictionary<string, Header> official) =>
            official.TryGetValue(Name, out var header) && Kind == header.Kind
            && Bases.Skip(header.HasUnlistedBase(official) ? 1 : 0).All(new HashSet<string>(header.Ancestors(official)).Contains);

        // TorchSharp 0.99.6 lacks some base classes of 0.105.2, so they are not listed and nothing is known of theirs.
        private bool HasUnlistedBase(Dictionary<string, Header> official) =>
            Bases.Length > 0 && Bases[0].StartsWith("TorchSharp.Modules.", StringComparison.Ordinal) && !official.Keys.Any(name => Plain(name) == Plain(Bases[0]));

        // A stand-in may leave out a class between a type and its ancestor.
        private IEnumerable<string> Ancestors(Dictionary<string, Header> official)
        {
            foreach (string name in Bases)
            {
                yield return name;
                var parent = official.Values.FirstOrDefault(header => Plain(header.Name) == Plain(name));
                if (parent is null)
                    continue;
                var arguments = Arguments(parent.Name).Zip(Arguments(name)).ToArray();
                foreach (string ancestor in parent.Ancestors(official))
                    yield return arguments.Aggregate(ancestor, (text, pair) => System.Text.RegularExpressions.Regex.Replace(text, $@"\b{pair.First}\b", pair.Second));
            }
        }

        private static string Plain(string name) => name.Split('<')[0];

        private static string[] Arguments(string name) => name.Contains('<') ? name[(name.IndexOf('<') + 1)..^1].Split(',') : [];
    }
}
