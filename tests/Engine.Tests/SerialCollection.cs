namespace Engine.Tests;

/// <summary>Tests that look at state of the whole process (the process-wide generator, tensor counts, memory in use): nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialCollection
{
    public const string Name = "Serial";
}
