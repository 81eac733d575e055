using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>ML.NET's own <c>Model.Load</c> reads what this library saves, wherever it runs.</summary>
public sealed class PlainLoadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<Type> Kinds => [.. SavedModels.Kinds];

    private static string Library => typeof(ModelSpaceTransformer).Assembly.Location;

    private string Model => _folder.File("model.zip");

    private string Rows => _folder.File("rows.idv");

    [Fact]
    public void EveryTransformerOfTheLibraryIsTried() => Assert.Equal(
        typeof(ModelSpaceTransformer).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ITransformer))).Select(type => type.Name).Order(),
        SavedModels.Kinds.Select(type => type.Name).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AFreshProcessReadsIt(Type kind)
    {
        float[][] expected = SavedModels.Save(kind, Model, Rows, out string column);

        AssertClose(expected, FreshProcess.Load(Model, Rows, column, stream: false));
    }

    [Fact]
    public void AFreshProcessReadsAStream()
    {
        float[][] expected = SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out string column);

        AssertClose(expected, FreshProcess.Load(Model, Rows, column, stream: true));
    }

    [Fact]
    public void TwoContextsReadAtOnce()
    {
        float[][] expected = SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out string column);
        var found = new float[2][][];

        Parallel.For(0, found.Length, i => found[i] = FreshProcess.LoadPlainly(Model, Rows, column, stream: false));

        Assert.All(found, values => AssertClose(expected, values));
    }

    [Fact]
    public void APluginWithMLNetInItReadsIt()
    {
        float[][] expected = SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out string column);
        var plugin = new Plugin(name => true);
        Type program = plugin.LoadFromAssemblyPath(typeof(FreshProcess).Assembly.Location).GetType(typeof(FreshProcess).FullName!)!;

        var found = (float[][])program.GetMethod(nameof(FreshProcess.LoadPlainly))!.Invoke(null, [Model, Rows, column, false])!;

        AssertClose(expected, found);
        Assert.Contains(plugin.Assemblies, assembly => assembly.GetName().Name == "Microsoft.ML.Core");
        Assert.Contains(plugin.Assemblies, assembly => assembly.GetName().Name == "MLNetModelSpace");
    }

    [Fact]
    public void APluginThatSharesMLNetReadsItWithItsOwnCopy()
    {
        SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out _);
        var plugin = new Plugin(name => name == "MLNetModelSpace");

        object loaded = LoadByCopy(plugin.LoadFromAssemblyPath(Library), new MLContext());

        Assert.IsAssignableFrom<ITransformer>(loaded);
        Assert.Same(plugin, AssemblyLoadContext.GetLoadContext(loaded.GetType().Assembly));
    }

    [Fact]
    public void ASecondCopyOfTheLibraryOverOneContextSaysSo()
    {
        SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out _);
        var ml = new MLContext();
        ml.ModelSpace().Model.Load(Model);

        Assembly copy = new Plugin(name => name == "MLNetModelSpace").LoadFromAssemblyPath(Library);

        var error = Assert.IsType<InvalidOperationException>(Record.Exception(() => LoadByCopy(copy, ml))?.GetBaseException());

        Assert.StartsWith("Another copy of MLNetModelSpace (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("registered first with this MLContext. Give each copy a context of its own.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NothingInTheFileNamesAVersionOfThePackage(Type kind)
    {
        SavedModels.Save(kind, Model, Rows, out _);
        using ZipArchive zip = ZipFile.OpenRead(Model);
        using Stream stream = zip.Entries.Single(entry => entry.Name.EndsWith("Model.key", StringComparison.Ordinal)).Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        string text = Encoding.Latin1.GetString(content.ToArray()).Replace("\0", "", StringComparison.Ordinal);

        Assert.Contains("MLNetModelSpace", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Version=", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatANewerPackageSavesAnOlderOneLoads()
    {
        float[][] expected = SavedModels.Save(typeof(VectorizeWeightsTransformer), Model, Rows, out string column);
        var ml = new MLContext();
        var newer = (ITransformer)LoadByCopy(new Plugin(name => false).LoadFromStream(new MemoryStream(OfVersion(9))), ml);
        Assert.Equal(new Version(9, 0, 0, 0), newer.GetType().Assembly.GetName().Version);

        ml.Model.Save(newer, ml.Data.LoadFromBinary(Rows).Schema, Model);

        AssertClose(expected, FreshProcess.LoadPlainly(Model, Rows, column, stream: false));
    }

    [Fact]
    public void TheAssemblyVersionIsTheMajorAlone()
    {
        Version version = typeof(ModelSpaceTransformer).Assembly.GetName().Version!;

        Assert.Equal(new Version(version.Major, 0, 0, 0), version);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Not to the last digit: products of libtorch round as their operands happen to lie in memory.</summary>
    private static void AssertClose(float[][] expected, float[][] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Max(1, Math.Abs(a))));
    }

    /// <summary>The library with another major version in its metadata: the second field of its one row of the table of assemblies.</summary>
    private static byte[] OfVersion(ushort major)
    {
        byte[] bytes = File.ReadAllBytes(Library);
        using var portable = new PEReader(new MemoryStream(bytes));
        int row = portable.PEHeaders.MetadataStartOffset + portable.GetMetadataReader().GetTableMetadataOffset(TableIndex.Assembly);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row + 4), major);
        return bytes;
    }

    /// <summary>As the plugin's own code would: <c>ml.ModelSpace().Model.Load(path)</c>.</summary>
    private object LoadByCopy(Assembly copy, MLContext ml)
    {
        object catalog = copy.GetType(typeof(MLContextExtensions).FullName!)!.GetMethod(nameof(MLContextExtensions.ModelSpace))!.Invoke(null, [ml])!;
        object room = catalog.GetType().GetProperty(nameof(ModelSpaceCatalog.Model))!.GetValue(catalog)!;
        return room.GetType().GetMethod(nameof(ModelSpaceModelCatalog.Load), [typeof(string)])!.Invoke(room, [Model])!;
    }

    /// <summary>A load context with copies of its own of what it is asked for, of what lies beside this assembly.</summary>
    private sealed class Plugin(Predicate<string> owns) : AssemblyLoadContext("plugin")
    {
        private readonly AssemblyDependencyResolver _resolver = new(typeof(PlainLoadTests).Assembly.Location);

        protected override Assembly? Load(AssemblyName name) =>
            owns(name.Name!) && _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;

        protected override nint LoadUnmanagedDll(string name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
    }
}
