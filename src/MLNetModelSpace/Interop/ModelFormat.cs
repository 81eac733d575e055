using Microsoft.ML;

namespace MLNetModelSpace.Interop;

/// <summary>How one kind of transformer is kept inside a model file: a header that names its loader, then its content.</summary>
/// <param name="Signature">Eight ASCII characters.</param>
/// <param name="LoaderName">The loader's name, at most 24 ASCII characters, as in the type's <see cref="LoadableClassAttribute"/>; never changes once released.</param>
/// <param name="Version">Format version written today; goes up with every format change, from 1.</param>
internal sealed record ModelFormat(string Signature, string LoaderName, uint Version)
{
    // ML.NET loads the assembly of this name; a full name would bind to one version of it.
    private static readonly string s_assembly = typeof(ModelFormat).Assembly.GetName().Name!;

    public void Save(ModelSaveContext ctx, Action<BinaryWriter> write)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ctx.CheckAtModel();
        ctx.SetVersionInfo(new VersionInfo(Signature, Version, Version, 1, s_assembly, LoaderName));
        write(ctx.Writer);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content is of a newer version, makes no sense, or is shorter or longer than expected.</exception>
    public T Load<T>(ModelLoadContext ctx, Func<BinaryReader, T> read)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        string place = $"The model's '{LoaderName}' in '{ctx.Directory}'";
        if (ctx.Header.ModelSignature != new VersionInfo(Signature, Version, Version, 1, s_assembly, LoaderName).ModelSignature)
            throw new InvalidDataException($"{place} is damaged: its signature is not '{Signature}'.");
        if (ctx.Header.ModelVerWritten > Version)
        {
            throw new InvalidDataException(
                $"{place} was written in format version {ctx.Header.ModelVerWritten}; this library reads versions up to {Version}. Update MLNetModelSpace.");
        }

        try
        {
            T result = read(ctx.Reader);
            long length = ctx.Reader.BaseStream.Position - ctx.FpMin - ctx.Header.FpModel;
            return length == ctx.Header.CbModel
                ? result
                : throw new InvalidDataException($"its content has {ctx.Header.CbModel} bytes; expected {length}.");
        }
        catch (Exception error) when (IsBadContent(error))
        {
            throw new InvalidDataException($"{place} is damaged: {error.Message}", error);
        }
    }

    /// <summary>What reading and checking of content throw where it makes no sense; anything else is a fault of the program or of the machine.</summary>
    private static bool IsBadContent(Exception error) =>
        error is InvalidDataException or EndOfStreamException or FormatException or OverflowException
        || error is ArgumentException and not ArgumentNullException;
}
