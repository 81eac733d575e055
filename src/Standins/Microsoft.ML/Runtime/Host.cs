namespace Microsoft.ML.Runtime;

/// <summary>The environment behind an <see cref="MLContext"/>; components register for a host of their own.</summary>
internal sealed class Host : IHost
{
    private readonly string _name;
    private readonly Action<ChannelMessageKind, string, string> _log;
    private readonly Lock _lock;

    /// <summary>The seed of the context this host belongs to, where it has one.</summary>
    public int? Seed { get; }

    public Host(int? seed, Action<ChannelMessageKind, string, string> log)
        : this("", new HybridTausworthe((uint)(seed ?? Random.Shared.Next())), seed, log, new ComponentCatalog(), new Lock())
    {
    }

    private Host(string name, Random rand, int? seed, Action<ChannelMessageKind, string, string> log, ComponentCatalog catalog, Lock sharedLock)
    {
        _name = name;
        _log = log;
        _lock = sharedLock;
        Rand = rand;
        Seed = seed;
        ComponentCatalog = catalog;
    }

    public Random Rand { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Errors.CheckNonEmpty(name, nameof(name));
        Random rand;
        lock (_lock)
            rand = seed is int known ? new HybridTausworthe((uint)known) : new HybridTausworthe(Rand);
        return new Host(_name.Length == 0 ? name : $"{_name}; {name}", rand, Seed, _log, ComponentCatalog, _lock);
    }

    public IChannel Start(string name) => new Channel(_name.Length == 0 ? name : $"{_name}; {name}", _log);
}

/// <summary>Sends messages to the context's log, in order.</summary>
internal sealed class Channel(string source, Action<ChannelMessageKind, string, string> log) : IChannel
{
    public void Info(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Info, source, fmt);

    public void Warning(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Warning, source, fmt);

    public void Dispose()
    {
    }
}
