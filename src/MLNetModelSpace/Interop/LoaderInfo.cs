namespace MLNetModelSpace;

/// <summary>How one kind of transformer is known inside a model file.</summary>
/// <param name="ModelSignature">Eight ASCII characters.</param>
/// <param name="Name">The loader's name, at most 24 ASCII characters; never changes once released.</param>
/// <param name="Version">Format version written today; goes up with every format change, from 1.</param>
internal sealed record LoaderInfo(string ModelSignature, string Name, uint Version);
