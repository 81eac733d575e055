using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Engine.Tests.ApiUse;

/// <summary>Spells the types of a signature as the lists under <c>api/</c> do; with <paramref name="keepsArity"/> so that no two types share a name.</summary>
internal sealed class TypeNames(bool keepsArity = false) : ISignatureTypeProvider<string, object?>
{
    /// <summary>The generic type of the last specification decoded.</summary>
    public TypeReferenceHandle? LastReference { get; private set; }

    /// <summary>The types met so far.</summary>
    public HashSet<string> Met { get; } = [];

    /// <summary>A type's name without its arguments, where they were written with arity.</summary>
    public static string Open(string name) => name.Split('[')[0];

    public string Of(MetadataReader reader, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => GetTypeFromDefinition(reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => GetTypeFromReference(reader, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeSpecification => GetTypeFromSpecification(reader, null, (TypeSpecificationHandle)handle, 0),
        _ => throw new ArgumentException($"{handle.Kind} is no type", nameof(handle)),
    };

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => $"System.{typeCode}";

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        LastReference ??= handle;
        var type = reader.GetTypeReference(handle);
        string? outer = type.ResolutionScope.Kind == HandleKind.TypeReference ? GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind) : null;
        return Named(outer, reader.GetString(type.Namespace), reader.GetString(type.Name));
    }

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeDefinition(handle);
        string? outer = type.GetDeclaringType() is { IsNil: false } parent ? GetTypeFromDefinition(reader, parent, rawTypeKind) : null;
        return Named(outer, reader.GetString(type.Namespace), reader.GetString(type.Name));
    }

    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        keepsArity ? $"{genericType}[{string.Join(",", typeArguments)}]" : $"{genericType}<{string.Join(",", typeArguments)}>";

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

    public string GetByReferenceType(string elementType) => "ref " + elementType;

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPinnedType(string elementType) => elementType;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetFunctionPointerType(MethodSignature<string> signature) => "function pointer";

    public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

    public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

    private string Named(string? outer, string space, string simple)
    {
        string name = keepsArity ? simple : simple.Split('`')[0];
        name = outer is not null ? $"{outer}.{name}" : space.Length == 0 ? name : $"{space}.{name}";
        Met.Add(name);
        return name;
    }
}
