using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace MLNetModelSpace.Tests.Examples;

/// <summary>A browser without a window that opens a page and tells what went wrong in it, over its debugging protocol.</summary>
internal sealed class Chromium : IDisposable
{
    private static readonly string? s_program = new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _profile = new();
    private readonly CancellationTokenSource _patience = new(s_patience);
    private readonly ClientWebSocket _socket = new();
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _seen = [];
    private Process? _process;
    private string? _session;
    private int _last;

    /// <summary>Why tests with a browser are not run; null where there is one.</summary>
    public static string? Missing => s_program is null ? "not run: no Chromium is installed" : null;

    /// <summary>Opens a file, waits until it is loaded, and asks it something.</summary>
    /// <param name="file">The page.</param>
    /// <param name="question">An expression whose value is a string, or the promise of one.</param>
    public static async Task<Visit> OpenAsync(string file, string question)
    {
        using var browser = new Chromium();
        await browser.StartAsync();
        await browser.AskAsync("Page.navigate", new { url = new Uri(file).AbsoluteUri });
        while (!browser._seen.Contains("Page.loadEventFired"))
            browser.Note(await browser.ReceiveAsync());
        JsonElement answer = await browser.AskAsync("Runtime.evaluate", new { expression = question, awaitPromise = true, returnByValue = true });
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement thrown), thrown.ToString());
        return new Visit(answer.GetProperty("result").GetProperty("value").GetString(), browser._faults);
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
        }

        _patience.Dispose();
        try
        {
            _profile.Dispose();
        }
        catch (IOException)
        {
            // A helper of the browser may still write into its profile.
        }
    }

    private async Task StartAsync()
    {
        var start = new ProcessStartInfo(s_program!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])
            ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
                "--remote-debugging-port=0", $"--user-data-dir={_profile.Path}", "about:blank"])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        var errors = new StringBuilder();
        const string Sign = "DevTools listening on ";
        string? line;
        while ((line = await _process.StandardError.ReadLineAsync(_patience.Token)) is not null && !line.StartsWith(Sign, StringComparison.Ordinal))
            errors.AppendLine(line);
        Assert.True(line is not null, $"Chromium ended: {errors}");
        // What it says later is read and let go, or the pipe fills and it waits.
        _ = _process.StandardError.ReadToEndAsync();
        await _socket.ConnectAsync(new Uri(line[Sign.Length..]), _patience.Token);
        string target = (await AskAsync("Target.createTarget", new { url = "about:blank" })).GetProperty("targetId").GetString()!;
        _session = (await AskAsync("Target.attachToTarget", new { targetId = target, flatten = true })).GetProperty("sessionId").GetString();
        foreach (string part in (string[])["Runtime", "Log", "Network", "Page"])
            await AskAsync($"{part}.enable", new { });
    }

    private async Task<JsonElement> AskAsync(string method, object parameters)
    {
        int id = ++_last;
        byte[] message = _session is null ? JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }) : JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters, sessionId = _session });
        await _socket.SendAsync(message, WebSocketMessageType.Text, true, _patience.Token);
        while (true)
        {
            JsonElement answer = await ReceiveAsync();
            if (answer.TryGetProperty("id", out JsonElement other) && other.GetInt32() == id)
                return answer.TryGetProperty("result", out JsonElement result) ? result : throw new InvalidOperationException($"{method}: {answer}");
            Note(answer);
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), _patience.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonDocument.Parse(message.ToArray()).RootElement;
    }

    /// <summary>Keeps what a page must not do: errors on the console, exceptions, requests that leave the machine.</summary>
    private void Note(JsonElement message)
    {
        if (!message.TryGetProperty("method", out JsonElement name))
            return;
        string method = name.GetString()!;
        _seen.Add(method);
        JsonElement told = message.GetProperty("params");
        bool fault = method switch
        {
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => told.GetProperty("type").GetString() is "error" or "assert",
            "Log.entryAdded" => told.GetProperty("entry").GetProperty("level").GetString() == "error",
            "Network.requestWillBeSent" => new Uri(told.GetProperty("request").GetProperty("url").GetString()!).Scheme is not ("file" or "data" or "blob" or "about"),
            _ => false,
        };
        if (fault)
            _faults.Add($"{method}: {told}");
    }

    /// <summary>What a page answered, and what went wrong on the way.</summary>
    internal sealed record Visit(string? Answer, IReadOnlyList<string> Faults);
}
