namespace MLNetModelSpace.Tests.Support;

/// <summary>Tests that look at state of the whole process (tensor counts, the process-wide generator): nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialCollection
{
    public const string Name = "Serial";
}
