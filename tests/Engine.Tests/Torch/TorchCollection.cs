namespace Engine.Tests.Torch;

/// <summary>Tests that use the process-wide generator or count tensors run one after another, and beside no others.</summary>
[CollectionDefinition("torch", DisableParallelization = true)]
public sealed class TorchCollection;
