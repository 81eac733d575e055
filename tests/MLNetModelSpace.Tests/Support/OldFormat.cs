using Microsoft.ML;

namespace MLNetModelSpace.Tests;

/// <summary>Reads content that an older version of the library would have written.</summary>
internal static class OldFormat
{
    /// <summary>The content of a transformer, as it is written today.</summary>
    public static byte[] Write(Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        write(writer);
        writer.Flush();
        return content.ToArray();
    }

    public static T Read<T>(byte[] content, uint version)
        where T : ModelSpaceTransformer, ILoadableTransformer<T>
    {
        using var reader = new BinaryReader(new MemoryStream(content));
        return T.Read(new MLContext(1), reader, version);
    }
}
