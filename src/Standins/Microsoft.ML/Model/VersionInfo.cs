namespace Microsoft.ML;

/// <summary>What a saved component says of itself: an 8-character signature, its format versions, and who loads it.</summary>
internal readonly struct VersionInfo
{
    public readonly ulong ModelSignature;

    public readonly uint VerWrittenCur;

    public readonly uint VerReadableCur;

    public readonly uint VerWeCanReadBack;

    public readonly string LoaderAssemblyName;

    public readonly string LoaderSignature;

    public VersionInfo(
        string modelSignature,
        uint verWrittenCur,
        uint verReadableCur,
        uint verWeCanReadBack,
        string loaderAssemblyName,
        string loaderSignature = null,
        string loaderSignatureAlt = null)
    {
        if (modelSignature?.Length != 8 || modelSignature.Any(c => c > 0xFF))
            throw new ArgumentOutOfRangeException(nameof(modelSignature), "Model signature must be eight characters");
        for (int i = 0; i < 8; i++)
            ModelSignature |= (ulong)modelSignature[i] << (8 * i);
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = loaderAssemblyName;
        LoaderSignature = loaderSignature;
    }
}

/// <summary>The part of a saved component that is the same for all of them.</summary>
internal struct ModelHeader
{
    public ulong ModelSignature;

    public uint ModelVerWritten;

    public uint ModelVerReadable;

    internal string LoaderSignature;
}
