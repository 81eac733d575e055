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

    public string ContextDescription => _name;

    /// <summary>The seed of an environment, or null where it has none or is not ours.</summary>
    public static int? SeedOf(IHostEnvironment env) => env switch
    {
        Host host => host.Seed,
        MLContext context => context.Root.Seed,
        _ => null,
    };

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Errors.CheckNonEmpty(name, nameof(name));
        Random rand;
        lock (_lock)
            rand = seed is int known ? new HybridTausworthe((uint)known) : new HybridTausworthe(Rand);
        return new Host(_name.Length == 0 ? name : $"{_name}; {name}", rand, Seed, _log, ComponentCatalog, _lock);
    }

    public IChannel Start(string name) => new Channel(_name.Length == 0 ? name : $"{_name}; {name}", _log);

    public IPipe<TMessage> StartPipe<TMessage>(string name) =>
        typeof(TMessage) == typeof(ChannelMessage) ? (IPipe<TMessage>)Start(name) : throw Errors.NotSupported($"StartPipe<{typeof(TMessage).Name}>");

    public IProgressChannel StartProgressChannel(string name) => new ProgressChannel(_name, name, _log);

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;
}

/// <summary>Sends messages to the context's log, in order.</summary>
internal sealed class Channel(string source, Action<ChannelMessageKind, string, string> log) : IChannel
{
    public string ContextDescription => source;

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public void Send(ChannelMessage msg) => log(msg.Kind, source, msg.Message);

    public void Trace(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Trace, source, fmt);

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => log(ChannelMessageKind.Trace, source, string.Format(fmt, args));

    public void Info(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Info, source, fmt);

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => log(ChannelMessageKind.Info, source, string.Format(fmt, args));

    public void Warning(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Warning, source, fmt);

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => log(ChannelMessageKind.Warning, source, string.Format(fmt, args));

    public void Error(MessageSensitivity sensitivity, string fmt) => log(ChannelMessageKind.Error, source, fmt);

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => log(ChannelMessageKind.Error, source, string.Format(fmt, args));

    public void Dispose()
    {
    }
}

/// <summary>Writes checkpoints to the log; progress between them is asked for by nobody here.</summary>
internal sealed class ProgressChannel(string source, string name, Action<ChannelMessageKind, string, string> log) : IProgressChannel
{
    private ProgressHeader _header = new();

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction) => _header = header;

    public void Checkpoint(params double?[] values)
    {
        var names = _header.MetricNames.Concat(_header.UnitNames).ToArray();
        var parts = values.Select((value, i) => (Name: i < names.Length ? names[i] : $"#{i}", Value: value)).Where(p => p.Value is not null);
        log(ChannelMessageKind.Trace, source, $"{name}: {string.Join(", ", parts.Select(p => $"{p.Value} {p.Name}"))}");
    }

    public IProgressChannel StartProgressChannel(string inner) => new ProgressChannel(source, $"{name}; {inner}", log);

    public void Dispose()
    {
    }
}
