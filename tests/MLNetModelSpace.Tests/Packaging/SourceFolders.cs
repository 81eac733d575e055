using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>In which folder of the library's project, or of this one, the source of a type or method lies, by its row in the assembly's tables, from portable symbols.</summary>
internal sealed class SourceFolders(string symbolFile) : IDisposable
{
    // The format's kind for types without a statement: enums, interfaces, delegates.
    private static readonly Guid s_typeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReaderProvider _symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(symbolFile));

    /// <summary>Null where the method has no statement of the project's own sources.</summary>
    public string? OfMethod(int row)
    {
        MetadataReader reader = _symbols.GetMetadataReader();
        DocumentHandle document = reader.GetMethodDebugInformation(MetadataTokens.MethodDebugInformationHandle(row)).Document;
        return document.IsNil ? null : Folder(reader, document);
    }

    /// <summary>Null where the type has statements: ask its methods.</summary>
    public string? OfType(int row)
    {
        MetadataReader reader = _symbols.GetMetadataReader();
        foreach (CustomDebugInformationHandle handle in reader.GetCustomDebugInformation(MetadataTokens.TypeDefinitionHandle(row)))
        {
            CustomDebugInformation information = reader.GetCustomDebugInformation(handle);
            if (reader.GetGuid(information.Kind) == s_typeDocuments)
                return Folder(reader, MetadataTokens.DocumentHandle(reader.GetBlobReader(information.Value).ReadCompressedInteger()));
        }

        return null;
    }

    public void Dispose() => _symbols.Dispose();

    private static string? Folder(MetadataReader reader, DocumentHandle document)
    {
        string[] parts = reader.GetString(reader.GetDocument(document).Name).Replace('\\', '/').Split('/');
        // The library's project file maps its own folder to /_/; that of the tests keeps its path.
        if (parts is ["", "_", not "obj", _, ..])
            return parts[2];
        int tests = Array.LastIndexOf(parts, "MLNetModelSpace.Tests");
        return tests >= 0 && parts[(tests + 1)..] is [not "obj", _, ..] ? parts[tests + 1] : null;
    }
}
