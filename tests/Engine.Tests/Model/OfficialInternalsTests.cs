using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Engine.Tests.Model;

/// <summary>The internal members that a third-party transformer reaches from outside: the same names, types and shapes on either engine.</summary>
public class OfficialInternalsTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    [Fact]
    public void SchemaShapeColumnHasItsConstructor()
    {
        var constructor = typeof(SchemaShape.Column).GetConstructor(
            Any, [typeof(string), typeof(SchemaShape.Column.VectorKind), typeof(DataViewType), typeof(bool), typeof(SchemaShape)]);

        Assert.NotNull(constructor);
        var column = (SchemaShape.Column)constructor.Invoke(["Name", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, null]);
        Assert.Equal("Name", column.Name);
        Assert.Empty(column.Annotations);
    }

    [Fact]
    public void ModelSaveContextHasItsWriterAndMethods()
    {
        var writer = typeof(ModelSaveContext).GetField("Writer", Any);
        Assert.Equal(typeof(BinaryWriter), writer?.FieldType);
        Assert.False(writer!.IsStatic);
        Assert.NotNull(typeof(ModelSaveContext).GetMethod("SetVersionInfo", Any, [Find("Microsoft.ML.VersionInfo")]));
        Assert.NotNull(typeof(ModelSaveContext).GetMethod("SaveBinaryStream", Any, [typeof(string), typeof(Action<BinaryWriter>)]));
    }

    [Fact]
    public void VersionInfoIsMadeOfItsParts()
    {
        var type = Find("Microsoft.ML.VersionInfo");
        Assert.True(type.IsValueType);

        var constructor = type.GetConstructor(Any, [typeof(string), typeof(uint), typeof(uint), typeof(uint), typeof(string), typeof(string), typeof(string)]);

        Assert.NotNull(constructor);
        Assert.Equal(
            ["modelSignature", "verWrittenCur", "verReadableCur", "verWeCanReadBack", "loaderAssemblyName", "loaderSignature", "loaderSignatureAlt"],
            constructor.GetParameters().Select(parameter => parameter.Name));
    }

    [Fact]
    public void LoadersAreRegisteredThroughTheCatalog()
    {
        var attribute = Find("Microsoft.ML.LoadableClassAttribute");
        var attributeBase = Find("Microsoft.ML.LoadableClassAttributeBase");
        var info = Find("Microsoft.ML.Runtime.ComponentCatalog+LoadableClassInfo");

        Assert.True(attributeBase.IsAssignableFrom(attribute));
        Assert.NotNull(attribute.GetConstructor(Any, [typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[])]));
        Assert.True(typeof(MulticastDelegate).IsAssignableFrom(Find("Microsoft.ML.SignatureLoadModel")));
        Assert.NotNull(info.GetConstructor(Any, [attributeBase, typeof(MethodInfo), typeof(ConstructorInfo), typeof(MethodInfo), typeof(bool)]));
        var add = typeof(Microsoft.ML.Runtime.ComponentCatalog).GetMethod("AddClass", Any, [info, typeof(string[]), typeof(bool)]);
        Assert.NotNull(add);
        Assert.True(add.IsPrivate && !add.IsStatic && add.ReturnType == typeof(void));
    }

    [Fact]
    public void ModelLoadContextHasItsReaderHeaderAndStreams()
    {
        var context = Find("Microsoft.ML.ModelLoadContext");
        Assert.Equal(typeof(BinaryReader), context.GetField("Reader", Any)?.FieldType);
        var header = context.GetField("Header", Any);
        Assert.NotNull(header);
        Assert.Equal(typeof(uint), header.FieldType.GetField("ModelVerWritten", Any)?.FieldType);
        var stream = context.GetMethod("TryLoadBinaryStream", Any, [typeof(string), typeof(Action<BinaryReader>)]);
        Assert.Equal(typeof(bool), stream?.ReturnType);
    }

    private static Type Find(string name) =>
        new[] { typeof(MLContext), typeof(ModelSaveContext), typeof(IDataView) }.Select(known => known.Assembly.GetType(name)).FirstOrDefault(type => type is not null)
        ?? throw new InvalidOperationException($"There is no type {name}");
}
