using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Engine.Tests.ApiUse;

/// <summary>
/// What of some assemblies can run: every member that other assemblies refer to, and all that its body calls in turn. An override or implementation counts
/// where what it overrides or implements counts and its type does; so do static constructors, attributes, and what is made from a <c>typeof</c>.
/// </summary>
internal sealed class Reachability
{
    private static readonly Dictionary<int, OpCode> _codes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value);
    private readonly Dictionary<string, TypeEntry> _types = [];
    private readonly Dictionary<string, Method> _methods = [];
    private readonly HashSet<string> _fields = [];
    private readonly HashSet<string> _readFields = [];
    private readonly Queue<Method> _open = new();
    private readonly TypeNames _names = new(keepsArity: true);
    private bool _grew;

    /// <param name="assemblies">The files whose members are asked about.</param>
    /// <param name="users">The files of those who use them.</param>
    /// <param name="isKept">Further members, by their keys, that count as used.</param>
    public Reachability(IEnumerable<string> assemblies, IEnumerable<string> users, Func<string, bool> isKept)
    {
        var modules = assemblies.Select(Module.Open).ToArray();
        foreach (var module in modules)
            Declare(module);
        _names.Met.Clear();
        foreach (string user in users)
            ReachFrom(Module.Open(user));
        foreach (var module in modules)
            foreach (var attribute in module.Reader.CustomAttributes)
                Reach(module, module.Reader.GetCustomAttribute(attribute).Constructor);
        foreach (var method in _methods.Values.Where(method => isKept(method.Key)))
            Reach(method);
        do
        {
            _grew = false;
            while (_open.TryDequeue(out var method))
                Follow(method);
            foreach (var type in _types.Values.Where(type => type.IsReached))
                Dispatch(type);
        }
        while (_grew);
    }

    /// <summary>The methods and accessors that cannot run, as <c>Type::Name(parameters)</c>, without those the compiler made, and the open fields that nobody reads.</summary>
    public IEnumerable<string> Unreached =>
        _methods.Values.Where(method => !method.IsReached && !method.IsGenerated).Select(method => method.Key).Concat(_fields.Except(_readFields)).Order(StringComparer.Ordinal);

    private void Declare(Module module)
    {
        var reader = module.Reader;
        foreach (var handle in reader.TypeDefinitions)
        {
            var definition = reader.GetTypeDefinition(handle);
            string name = _names.Of(reader, handle);
            var type = new TypeEntry(name, module, definition, [.. Parents(reader, definition)]);
            _types.TryAdd(name, type);
            foreach (var methodHandle in definition.GetMethods())
            {
                var method = reader.GetMethodDefinition(methodHandle);
                string simple = reader.GetString(method.Name);
                // An explicit implementation goes by the last part of its name.
                string slot = simple[0] == '.' ? simple : simple.Split('.')[^1];
                var entry = new Method(Key(name, simple, method.DecodeSignature(_names, null)), type, slot, module, method);
                type.Methods.Add(entry);
                _methods.TryAdd(entry.Key, entry);
            }
            foreach (var fieldHandle in definition.GetFields())
            {
                var field = reader.GetFieldDefinition(fieldHandle);
                bool isOpen = (field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;
                if (isOpen && (field.Attributes & (FieldAttributes.Literal | FieldAttributes.RTSpecialName)) == 0 && !name.Contains('<'))
                    _fields.Add($"{name}::{reader.GetString(field.Name)}");
            }
        }
    }

    private IEnumerable<string> Parents(MetadataReader reader, TypeDefinition type)
    {
        if (!type.BaseType.IsNil)
            yield return TypeNames.Open(_names.Of(reader, type.BaseType));
        foreach (var handle in type.GetInterfaceImplementations())
            yield return TypeNames.Open(_names.Of(reader, reader.GetInterfaceImplementation(handle).Interface));
    }

    private static string Key(string type, string name, MethodSignature<string> signature) =>
        $"{type}::{name}{(signature.GenericParameterCount > 0 ? $"``{signature.GenericParameterCount}" : "")}({string.Join(", ", signature.ParameterTypes)}){(name.StartsWith("op_", StringComparison.Ordinal) ? $" {signature.ReturnType}" : "")}";

    private void ReachFrom(Module user)
    {
        var reader = user.Reader;
        foreach (var handle in reader.TypeReferences)
            ReachType(_names.Of(reader, handle));
        foreach (var handle in reader.MemberReferences)
        {
            Reach(user, handle);
            if (reader.GetMemberReference(handle).GetKind() == MemberReferenceKind.Field)
                _readFields.Add(FieldName(reader, handle));
        }
        // What a user's class overrides or implements is named nowhere else.
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            var slots = type.GetMethods().Select(reader.GetMethodDefinition).Where(IsVirtual).Select(method => (reader.GetString(method.Name).Split('.')[^1], method.GetParameters().Count)).ToHashSet();
            foreach (var method in Parents(reader, type).SelectMany(Lineage).SelectMany(ancestor => ancestor.Methods))
                if (IsVirtual(method.Definition) && slots.Contains(method.Slot))
                    Reach(method);
        }
        _names.Met.Clear();
    }

    // A type of these assemblies and all it derives from.
    private IEnumerable<TypeEntry> Lineage(string name) =>
        _types.TryGetValue(name, out var type) ? type.Parents.SelectMany(Lineage).Prepend(type) : [];

    private void Reach(Method method)
    {
        if (method.IsReached)
            return;
        method.IsReached = _grew = true;
        _open.Enqueue(method);
        ReachType(method.Type.Name);
    }

    private void ReachType(string name)
    {
        if (!_types.TryGetValue(TypeNames.Open(name), out var type) || type.IsReached)
            return;
        type.IsReached = _grew = true;
        foreach (string parent in type.Parents)
            ReachType(parent);
    }

    private void ReachMet()
    {
        foreach (string name in _names.Met)
            ReachType(name);
        _names.Met.Clear();
    }

    // All that a method's signature, variables and instructions name.
    private void Follow(Method method)
    {
        method.Definition.DecodeSignature(_names, null);
        if (method.Definition.RelativeVirtualAddress != 0)
        {
            var body = method.Owner.File.GetMethodBody(method.Definition.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
                method.Owner.Reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null);
            var code = body.GetILReader();
            while (code.RemainingBytes > 0)
                FollowInstruction(method.Owner, ref code);
        }
        ReachMet();
    }

    private void FollowInstruction(Module module, ref BlobReader code)
    {
        int value = code.ReadByte();
        var operation = _codes[value == 0xFE ? 0xFE00 | code.ReadByte() : value];
        switch (operation.OperandType)
        {
            case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                var handle = MetadataTokens.EntityHandle(code.ReadInt32());
                Reach(module, handle);
                if (operation.OperandType == OperandType.InlineField && operation != OpCodes.Stfld && operation != OpCodes.Stsfld)
                    _readFields.Add(FieldName(module.Reader, handle));
                // Reflection makes what a typeof names.
                if (operation == OpCodes.Ldtoken && handle.Kind is HandleKind.TypeDefinition or HandleKind.TypeSpecification && _types.TryGetValue(TypeNames.Open(_names.Of(module.Reader, handle)), out var made))
                    made.Methods.Where(method => method.Slot.Name == ".ctor").ToList().ForEach(Reach);
                break;
            case OperandType.InlineSwitch:
                int targets = code.ReadInt32();
                code.Offset += 4 * targets;
                break;
            default:
                code.Offset += operation.OperandType switch
                {
                    OperandType.InlineNone => 0,
                    OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                    OperandType.InlineVar => 2,
                    OperandType.InlineI8 or OperandType.InlineR => 8,
                    _ => 4,
                };
                break;
        }
    }

    private string FieldName(MetadataReader reader, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.MemberReference)
        {
            var member = reader.GetMemberReference((MemberReferenceHandle)handle);
            return $"{TypeNames.Open(_names.Of(reader, member.Parent))}::{reader.GetString(member.Name)}";
        }
        var field = reader.GetFieldDefinition((FieldDefinitionHandle)handle);
        return $"{_names.Of(reader, field.GetDeclaringType())}::{reader.GetString(field.Name)}";
    }

    private void Reach(Module module, EntityHandle handle)
    {
        var reader = module.Reader;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference or HandleKind.TypeSpecification:
                _names.Of(reader, handle);
                break;
            case HandleKind.MethodSpecification:
                var specification = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(_names, null);
                Reach(module, specification.Method);
                break;
            case HandleKind.MethodDefinition:
                var method = reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                ReachMember(_names.Of(reader, method.GetDeclaringType()), reader.GetString(method.Name), method.DecodeSignature(_names, null));
                break;
            case HandleKind.FieldDefinition:
                var field = reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                field.DecodeSignature(_names, null);
                _names.Of(reader, field.GetDeclaringType());
                break;
            case HandleKind.MemberReference when reader.GetMemberReference((MemberReferenceHandle)handle) is var member && member.Parent.Kind != HandleKind.MethodDefinition:
                string parent = TypeNames.Open(_names.Of(reader, member.Parent));
                if (member.GetKind() == MemberReferenceKind.Method)
                    ReachMember(parent, reader.GetString(member.Name), member.DecodeMethodSignature(_names, null));
                break;
        }
        ReachMet();
    }

    private void ReachMember(string type, string name, MethodSignature<string> signature)
    {
        foreach (var ancestor in Lineage(type))
        {
            if (_methods.TryGetValue(Key(ancestor.Name, name, signature), out var method))
            {
                Reach(method);
                return;
            }
        }
    }

    // What runs without being named: overrides and implementations, static constructors, attributes' members, and the other half of a property.
    private void Dispatch(TypeEntry type)
    {
        var lineage = type.Parents.SelectMany(Lineage).ToArray();
        bool isSpecial = type.Parents.Contains("System.MulticastDelegate") || lineage.Append(type).Any(entry => entry.Parents.Contains("System.Attribute"));
        bool implementsForeign = lineage.Append(type).SelectMany(entry => entry.Parents).Any(parent => !_types.ContainsKey(parent) && parent is not "System.Object" and not "System.ValueType");
        foreach (var method in type.Methods)
        {
            var slots = lineage.SelectMany(ancestor => ancestor.Methods).Where(slot => IsVirtual(slot.Definition) && slot.Slot == method.Slot).ToArray();
            if (method.IsReached && IsVirtual(method.Definition))
                Array.ForEach(slots, Reach);
            else if (isSpecial || method.Slot.Name == ".cctor" || slots.Any(slot => slot.IsReached) || (slots.Length == 0 && IsForeign(method.Definition, implementsForeign)))
                Reach(method);
        }
        foreach (var handle in type.Definition.GetProperties())
        {
            var accessors = type.Owner.Reader.GetPropertyDefinition(handle).GetAccessors();
            var pair = type.Methods.Where(method => method.Is(accessors.Getter) || method.Is(accessors.Setter)).ToList();
            if (pair.Any(method => method.IsReached))
                pair.ForEach(Reach);
        }
    }

    // Whether it overrides or implements what another assembly declares; which one cannot be told from names alone, so any counts.
    private static bool IsForeign(MethodDefinition method, bool implementsForeign) =>
        IsVirtual(method) && ((method.Attributes & MethodAttributes.NewSlot) == 0 || (implementsForeign && (method.Attributes & MethodAttributes.Abstract) == 0));

    private static bool IsVirtual(MethodDefinition method) => (method.Attributes & MethodAttributes.Virtual) != 0;

    private sealed record Module(MetadataReader Reader, PEReader File)
    {
        public static Module Open(string path)
        {
            var file = new PEReader(new MemoryStream(System.IO.File.ReadAllBytes(path), writable: false));
            return new(file.GetMetadataReader(), file);
        }
    }

    private sealed class TypeEntry(string name, Module owner, TypeDefinition definition, string[] parents)
    {
        public string Name => name;

        public Module Owner => owner;

        public TypeDefinition Definition => definition;

        public string[] Parents => parents;

        public List<Method> Methods { get; } = [];

        public bool IsReached { get; set; }
    }

    private sealed class Method(string key, TypeEntry type, string slot, Module owner, MethodDefinition definition)
    {
        public string Key => key;

        public TypeEntry Type => type;

        /// <summary>What an override has in common with what it overrides. Types are left out: they differ where a type parameter is filled in.</summary>
        public (string Name, int Parameters) Slot { get; } = (slot, definition.GetParameters().Count);

        public Module Owner => owner;

        public MethodDefinition Definition => definition;

        public bool IsReached { get; set; }

        /// <summary>Whether the compiler wrote it: what closures and records consist of, and constructors of classes that have none.</summary>
        public bool IsGenerated { get; } = key.Contains('<') || definition.GetCustomAttributes().Any(handle => IsGeneratedMark(owner.Reader, handle));

        public bool Is(MethodDefinitionHandle handle) => !handle.IsNil && owner.Reader.GetMethodDefinition(handle).Equals(definition);

        private static bool IsGeneratedMark(MetadataReader reader, CustomAttributeHandle handle) =>
            reader.GetCustomAttribute(handle).Constructor is { Kind: HandleKind.MemberReference } constructor
            && reader.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } type
            && reader.GetString(reader.GetTypeReference((TypeReferenceHandle)type).Name) == "CompilerGeneratedAttribute";
    }
}
