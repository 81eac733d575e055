using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Engine.Tests.ApiUse;

/// <summary>The members of the engine's assemblies that a compiled assembly refers to, read from its metadata.</summary>
internal static class OfficialUse
{
    private static readonly string[] _engines = ["Microsoft.ML", "TorchSharp", "Standin.Microsoft.ML", "Standin.TorchSharp"];

    public static IEnumerable<string> Of(string assemblyPath)
    {
        using var stream = File.OpenRead(assemblyPath);
        using var file = new PEReader(stream);
        if (!file.HasMetadata)
            return [];
        var reader = file.GetMetadataReader();
        var names = new TypeNames();
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in reader.TypeReferences)
            if (IsEngine(reader, handle))
                used.Add(names.GetTypeFromReference(reader, handle, 0));
        foreach (var handle in reader.MemberReferences)
        {
            var member = reader.GetMemberReference(handle);
            if (ParentOf(reader, member.Parent) is not { } parent || !IsEngine(reader, parent.Reference))
                continue;
            string signature = member.GetKind() == MemberReferenceKind.Field
                ? $"{member.DecodeFieldSignature(names, null)} {reader.GetString(member.Name)}"
                : Method(member.DecodeMethodSignature(names, null), reader.GetString(member.Name));
            used.Add($"{parent.Name} :: {signature}");
        }
        return used;
    }

    private static string Method(MethodSignature<string> signature, string name) =>
        $"{signature.ReturnType} {name}{(signature.GenericParameterCount > 0 ? $"<{signature.GenericParameterCount}>" : "")}({string.Join(", ", signature.ParameterTypes)})";

    private static (TypeReferenceHandle Reference, string Name)? ParentOf(MetadataReader reader, EntityHandle parent)
    {
        var names = new TypeNames();
        switch (parent.Kind)
        {
            case HandleKind.TypeReference:
                return ((TypeReferenceHandle)parent, names.GetTypeFromReference(reader, (TypeReferenceHandle)parent, 0));
            case HandleKind.TypeSpecification:
                string name = reader.GetTypeSpecification((TypeSpecificationHandle)parent).DecodeSignature(names, null);
                return names.LastReference is { } reference ? (reference, name) : null;
            default:
                return null;
        }
    }

    private static bool IsEngine(MetadataReader reader, TypeReferenceHandle handle)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        while (scope.Kind == HandleKind.TypeReference)
            scope = reader.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
        if (scope.Kind != HandleKind.AssemblyReference)
            return false;
        string assembly = reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name);
        return _engines.Any(engine => assembly == engine || assembly.StartsWith(engine + ".", StringComparison.Ordinal));
    }
}
