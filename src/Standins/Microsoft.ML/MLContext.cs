using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The starting point of all work: catalogs of operations, a log, and a seed.</summary>
public sealed class MLContext : IHostEnvironment
{
    public MLContext(int? seed = null)
    {
        Root = new Host(seed, Write);
        Data = new DataOperationsCatalog(this);
        Transforms = new TransformsCatalog(this);
        Model = new ModelOperationsCatalog(this);
        BinaryClassification = new BinaryClassificationCatalog(this);
        MulticlassClassification = new MulticlassClassificationCatalog(this);
        Regression = new RegressionCatalog(this);
        ComponentCatalog.RegisterAssembly(typeof(MLContext).Assembly);
    }

    public event EventHandler<LoggingEventArgs> Log;

    public DataOperationsCatalog Data { get; }

    public TransformsCatalog Transforms { get; }

    public ModelOperationsCatalog Model { get; }

    public BinaryClassificationCatalog BinaryClassification { get; }

    public MulticlassClassificationCatalog MulticlassClassification { get; }

    public RegressionCatalog Regression { get; }

    public ComponentCatalog ComponentCatalog => Root.ComponentCatalog;

    internal Host Root { get; }

    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => Root.Register(name, seed, verbose);

    IChannel IChannelProvider.Start(string name) => Root.Start(name);

    private void Write(ChannelMessageKind kind, string source, string message) => Log?.Invoke(this, new LoggingEventArgs(message, kind, source));
}
