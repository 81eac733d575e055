using System.Globalization;
using System.Reflection;

namespace Engine.Tests.ApiUse;

/// <summary>The public and protected surface of an assembly, one signature a line, as the lists in <c>api/</c> write it.</summary>
internal static class ApiSurface
{
    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes().SelectMany(Of);

    public static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsPointer)
            return NameOf(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        if (type.IsArray)
            return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        string name = type.Name.Split('`')[0];
        // A nested type counts its declaring type's arguments among its own.
        if (type.IsGenericType)
            name += $"<{string.Join(',', type.GetGenericArguments().Select(NameOf))}>";
        return type.IsNested ? $"{NameOf(type.DeclaringType!)}.{name}" : string.IsNullOrEmpty(type.Namespace) ? name : $"{type.Namespace}.{name}";
    }

    private static IEnumerable<string> Of(Type type)
    {
        string name = NameOf(type);
        yield return Header(type, name);
        const BindingFlags declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        foreach (var member in type.GetMembers(declared))
            if (!IsOverride(member, type.Assembly) && Signature(member) is { } signature)
                yield return $"{name} :: {signature}";
    }

    // What overrides a member of the same assembly adds nothing: that member is held against the lists where it is declared.
    private static bool IsOverride(MemberInfo member, Assembly assembly)
    {
        var method = member as MethodInfo ?? (member as PropertyInfo)?.GetAccessors(nonPublic: true).FirstOrDefault();
        return method?.GetBaseDefinition() is { } declared && declared != method && declared.DeclaringType!.Assembly == assembly;
    }

    private static string Header(Type type, string name)
    {
        bool isDelegate = typeof(MulticastDelegate).IsAssignableFrom(type);
        string kind = type.IsInterface ? "interface"
            : type.IsEnum ? "enum"
            : type.IsValueType ? "struct"
            : isDelegate ? "delegate"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";
        var bases = type.GetInterfaces().Where(i => (i.IsGenericType ? i.GetGenericTypeDefinition() : i).IsVisible).Select(NameOf).Order(StringComparer.Ordinal).ToList();
        if (type.IsClass && !isDelegate && type.BaseType is { } parent && parent != typeof(object))
            bases.Insert(0, NameOf(parent));
        return $"{name} : {kind}{(bases.Count > 0 ? " : " : "")}{string.Join(", ", bases)}";
    }

    private static string? Signature(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } constructor when IsOpen(constructor) => $"ctor({Parameters(constructor)})",
        MethodInfo method when IsOpen(method) && !IsAccessor(method) =>
            $"{Modifiers(method)}{NameOf(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsOpen) => Property(property),
        FieldInfo { IsPublic: true } or FieldInfo { IsFamily: true } or FieldInfo { IsFamilyOrAssembly: true } => Field((FieldInfo)member),
        EventInfo added when IsOpen(added.AddMethod!) => $"{(added.AddMethod!.IsStatic ? "static " : "")}event {NameOf(added.EventHandlerType!)} {added.Name}",
        _ => null,
    };

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Modifiers(MethodInfo method) =>
        method.IsStatic ? "static " : method.IsAbstract && !method.DeclaringType!.IsInterface ? "abstract " : "";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(',', method.GetGenericArguments().Select(NameOf))}>" : "";

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(IsOpen).ToArray();
        string index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        string get = accessors.Any(a => a.ReturnType != typeof(void)) ? "get; " : "", set = accessors.Any(a => a.ReturnType == typeof(void)) ? "set; " : "";
        return $"{(accessors[0].IsStatic ? "static " : "")}{NameOf(property.PropertyType)} {property.Name}{index} {{ {get}{set}}}";
    }

    private static string Field(FieldInfo field)
    {
        if (field.IsLiteral)
            return $"const {NameOf(field.FieldType)} {field.Name} = {Literal(field.GetRawConstantValue())}";
        return $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{NameOf(field.FieldType)} {field.Name}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string passing = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : "ref ";
        string value = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue)}" : "";
        return $"{passing}{NameOf(parameter.ParameterType)} {parameter.Name}{value}";
    }

    private static string Literal(object? value) => value is null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
