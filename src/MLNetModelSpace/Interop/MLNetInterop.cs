using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetModelSpace;

/// <summary>Everything that reaches what ML.NET keeps internal, in one place: schema shapes, saving, and loading.</summary>
internal static class MLNetInterop
{
    private static readonly Assembly s_core = typeof(ModelSaveContext).Assembly;
    private static readonly Type s_versionInfo = Require("Microsoft.ML.VersionInfo");
    private static readonly MethodInfo s_setVersionInfo = RequireMethod(typeof(ModelSaveContext), "SetVersionInfo", s_versionInfo);
    private static readonly MethodInfo s_saveBinaryStream =
        RequireMethod(typeof(ModelSaveContext), "SaveBinaryStream", typeof(string), typeof(Action<BinaryWriter>));

    private static readonly Type s_loadContext = Require("Microsoft.ML.ModelLoadContext");
    private static readonly MethodInfo s_tryLoadBinaryStream =
        RequireMethod(s_loadContext, "TryLoadBinaryStream", typeof(string), typeof(Action<BinaryReader>));

    private static readonly FieldInfo s_loadHeader = RequireField(s_loadContext, "Header");
    private static readonly FieldInfo s_modelVersionWritten = RequireField(s_loadHeader.FieldType, "ModelVerWritten");

    /// <summary>The column of a schema shape, which ML.NET lets only its own assemblies make.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    internal static extern SchemaShape.Column CreateShapeColumn(
        string name, SchemaShape.Column.VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape? annotations = null);

    /// <summary>Writes one of our transformers: its version and loader, then its content as a stream of its own.</summary>
    internal static void Save(ModelSaveContext ctx, LoaderInfo loader, Action<BinaryWriter> write)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        object version = Activator.CreateInstance(
            s_versionInfo, loader.ModelSignature, loader.Version, loader.Version, 1u,
            typeof(MLNetInterop).Assembly.FullName, loader.Name, null)!;
        s_setVersionInfo.Invoke(ctx, BindingFlags.DoNotWrapExceptions, null, [version], null);
        s_saveBinaryStream.Invoke(ctx, BindingFlags.DoNotWrapExceptions, null, [ModelContent.EntryName, (BinaryWriter writer) =>
        {
            ModelContent.WriteProvenance(writer);
            write(writer);
        }], null);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content is missing, cut short, of a newer version or another engine's.</exception>
    internal static T Load<T>(object ctx, LoaderInfo loader, Func<BinaryReader, uint, T> read)
    {
        uint written = (uint)s_modelVersionWritten.GetValue(s_loadHeader.GetValue(ctx))!;
        if (written > loader.Version)
        {
            throw new InvalidDataException(
                $"The model's '{loader.Name}' was written in format version {written}; this library reads versions up to {loader.Version}. Update MLNetModelSpace.");
        }

        T? result = default;
        Exception? failure = null;
        Action<BinaryReader> load = reader =>
        {
            try
            {
                ModelContent.CheckProvenance(reader);
                result = read(reader, written);
            }
            catch (Exception error) when (error is EndOfStreamException or FormatException or ArgumentException or IOException or OverflowException)
            {
                failure = error as InvalidDataException
                    ?? new InvalidDataException($"The model's '{loader.Name}' is damaged: {error.Message}", error);
            }
        };
        bool found = (bool)s_tryLoadBinaryStream.Invoke(ctx, BindingFlags.DoNotWrapExceptions, null, [ModelContent.EntryName, load], null)!;
        if (failure is not null)
            throw failure;
        if (!found)
            throw new InvalidDataException($"The model's '{loader.Name}' has no entry '{ModelContent.EntryName}'.");
        return result!;
    }

    /// <summary>Tells a context how to load this library's transformers. Once a context: ML.NET refuses a second time.</summary>
    internal static void RegisterLoaders(MLContext mlContext)
    {
        foreach ((LoaderInfo info, Type instance, MethodInfo create) in ModelLoaders.All)
            AddClass(mlContext.ComponentCatalog, info, instance, create);
    }

    internal static void AddClass(ComponentCatalog catalog, LoaderInfo loader, Type instance, MethodInfo create)
    {
        Type attributeType = Require("Microsoft.ML.LoadableClassAttribute");
        Type attributeBase = Require("Microsoft.ML.LoadableClassAttributeBase");
        Type infoType = Require("Microsoft.ML.Runtime.ComponentCatalog+LoadableClassInfo");
        object attribute = RequireConstructor(attributeType, typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[]))
            .Invoke([instance, null, Require("Microsoft.ML.SignatureLoadModel"), loader.Name, new[] { loader.Name }]);
        object info = RequireConstructor(infoType, attributeBase, typeof(MethodInfo), typeof(ConstructorInfo), typeof(MethodInfo), typeof(bool))
            .Invoke([attribute, null, null, create, true]);
        RequireMethod(typeof(ComponentCatalog), "AddClass", infoType, typeof(string[]), typeof(bool))
            .Invoke(catalog, BindingFlags.DoNotWrapExceptions, null, [info, new[] { loader.Name }, true], null);
    }

    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static Type Require(string name) => s_core.GetType(name) ?? throw Missing(name);

    private static MethodInfo RequireMethod(Type type, string name, params Type[] parameters) =>
        type.GetMethod(name, AnyInstance, parameters) ?? throw Missing($"{type.FullName}.{name}");

    private static ConstructorInfo RequireConstructor(Type type, params Type[] parameters) =>
        type.GetConstructor(AnyInstance, parameters) ?? throw Missing($"{type.FullName} constructor");

    private static FieldInfo RequireField(Type type, string name) =>
        type.GetField(name, AnyInstance) ?? throw Missing($"{type.FullName}.{name}");

    private static NotSupportedException Missing(string member) =>
        new($"This version of Microsoft.ML ({typeof(MLContext).Assembly.GetName().Version}) has no '{member}', which saving and loading rest on.");
}
