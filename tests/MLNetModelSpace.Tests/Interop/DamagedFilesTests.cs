using MLNetModelSpace.Fuzz;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>Thirty thousand damaged files for each reader; a million by the command in the README of MLNetModelSpace.Fuzz. Zips are tried in <see cref="DamagedZipTests"/>.</summary>
public sealed class DamagedFilesTests
{
    private const int Count = 30_000;

    public static TheoryData<string> Readers => [.. FuzzTarget.Names.Except(["zip"])];

    [Theory]
    [MemberData(nameof(Readers))]
    public void ADamagedFileIsReadOrRefusedAndTakesLittleMemory(string reader)
    {
        using FuzzTarget target = FuzzTarget.Create(reader);

        DamageReport report = DamagedFiles.Try(target, reader, Count, seed: 1);

        Assert.Equal(Count, report.Refused + report.Read);
        // Both have been met, or the damages have tried nothing.
        Assert.InRange(report.Refused, Count / 10, Count - 100);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void AWholeFileIsRead(string reader)
    {
        using FuzzTarget target = FuzzTarget.Create(reader);

        Assert.All(target.Seeds, target.Read);
    }

    [Fact]
    public void ADamageIsTheSameForTheSameSeed()
    {
        byte[] whole = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];

        Assert.Equal(Damage.Apply(whole, new Random(3)), Damage.Apply(whole, new Random(3)));
        Assert.NotEqual(Damage.Apply(whole, new Random(3)), Damage.Apply(whole, new Random(4)));
    }

    [Theory]
    [InlineData("it throws", "System.NotSupportedException")]
    [InlineData("it takes memory", "allocates")]
    public void AReaderThatDoesOtherwiseIsNamedWithTheSeed(string fault, string message)
    {
        using var target = new Faulty(fault);

        var error = Assert.Throws<DamageException>(() => DamagedFiles.Try(target, "faulty", 5, seed: 3));

        Assert.StartsWith("Damage 0 of seed 3 to faulty", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private sealed class Faulty(string fault) : FuzzTarget
    {
        public override IReadOnlyList<byte[]> Seeds { get; } = [[1, 2, 3]];

        public override void Read(byte[] file)
        {
            if (fault == "it throws")
                throw new NotSupportedException();
            _ = new byte[DamagedFiles.AllocationLimit * 2];
        }
    }
}
