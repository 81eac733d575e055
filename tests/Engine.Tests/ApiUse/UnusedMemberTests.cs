namespace Engine.Tests.ApiUse;

/// <summary>
/// The stand-ins have nothing that nobody uses: each of their members, open or not, is called from the product, the examples, the tests or the benchmarks, directly
/// or through others, or <see cref="KeptMembers"/> says why it is there. Constants are out of it: compilers write their values, not their names.
/// </summary>
public class UnusedMemberTests
{
    private static readonly Lazy<string[]> _unused = new(() => Unused(_ => false));

    [WholeSolutionFact]
    public void EveryMemberIsUsedOrKeptForAReason()
    {
        var unused = Unused(KeptMembers.Contains);

        Assert.True(unused.Length == 0, $"{unused.Length} members of the stand-ins are used by nothing:\n{string.Join('\n', unused)}");
    }

    [WholeSolutionFact]
    public void NothingIsKeptThatIsUsedOrNotThere()
    {
        var idle = KeptMembers.All.Where(kept => !_unused.Value.Any(kept.Covers)).Select(kept => kept.Pattern).ToArray();

        Assert.True(idle.Length == 0, $"no unused member is kept by:\n{string.Join('\n', idle)}");
    }

    private static string[] Unused(Func<string, bool> isKept) => [.. new Reachability(BuiltAssemblies.StandIns, BuiltAssemblies.Users, isKept).Unreached];
}
