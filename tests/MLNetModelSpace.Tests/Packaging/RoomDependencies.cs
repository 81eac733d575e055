using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MLNetModelSpace.Tests.Packaging;

/// <summary>
/// Which types of the compiled library use which, and in which room (folder of the project) the source of each lies. Nested types,
/// and those that the compiler makes of lambdas and iterators, count as the type around them.
/// </summary>
internal sealed class RoomDependencies
{
    private readonly Dictionary<string, string> _rooms = [];
    private readonly HashSet<(string User, string Used)> _uses = [];

    public RoomDependencies(string assemblyFile)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(assemblyFile);
        using var folders = new SourceFolders(Path.ChangeExtension(assemblyFile, ".pdb"));
        foreach (TypeDefinition type in module.Types)
        {
            if (WithNested(type).Select(part => FolderOf(part, folders)).FirstOrDefault(folder => folder is not null) is { } room)
                _rooms[type.FullName] = room;
        }

        foreach (TypeDefinition type in module.Types.Where(type => _rooms.ContainsKey(type.FullName)))
        {
            foreach (TypeReference used in WithNested(type).SelectMany(UsedBy))
                Add(type.FullName, used);
        }
    }

    /// <summary>Each type's room, by the type's full name.</summary>
    public IReadOnlyDictionary<string, string> Rooms => _rooms;

    public IReadOnlyCollection<(string User, string Used)> Uses => _uses;

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static string? FolderOf(TypeDefinition type, SourceFolders folders) =>
        folders.OfType((int)type.MetadataToken.RID)
        ?? type.Methods.Select(method => folders.OfMethod((int)method.MetadataToken.RID)).FirstOrDefault(folder => folder is not null);

    private static IEnumerable<TypeReference> UsedBy(TypeDefinition type)
    {
        IEnumerable<TypeReference?> used =
        [
            type.BaseType,
            .. type.Interfaces.Select(implemented => implemented.InterfaceType),
            .. type.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Methods.SelectMany(Signature),
            .. type.Methods.Where(method => method.HasBody).SelectMany(method => InBody(method.Body)),
        ];
        return used.OfType<TypeReference>();
    }

    private static IEnumerable<TypeReference> InBody(MethodBody body) =>
    [
        .. body.Variables.Select(variable => variable.VariableType),
        .. body.Instructions.SelectMany(instruction => instruction.Operand switch
        {
            TypeReference type => [type],
            MethodReference method => [method.DeclaringType, .. Signature(method)],
            FieldReference field => [field.DeclaringType, field.FieldType],
            _ => Array.Empty<TypeReference>(),
        }),
    ];

    private static IEnumerable<TypeReference> Signature(MethodReference method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
    ];

    private void Add(string user, TypeReference type)
    {
        if (type is GenericInstanceType generic)
        {
            foreach (TypeReference argument in generic.GenericArguments)
                Add(user, argument);
        }

        TypeReference named = type.GetElementType();
        while (named.DeclaringType is not null)
            named = named.DeclaringType;
        if (named.FullName != user && _rooms.ContainsKey(named.FullName))
            _uses.Add((user, named.FullName));
    }
}
