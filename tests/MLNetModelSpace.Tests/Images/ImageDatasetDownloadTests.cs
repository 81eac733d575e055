using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;

namespace MLNetModelSpace.Tests.Images;

// Reaches internals: files of known sums are fetched from a server of the test; the public ones are on the network.
public sealed class ImageDatasetDownloadTests : IDisposable
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeHome _home = new();

    public void Dispose()
    {
        _folder.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task WhatIsAbsentIsFetchedAndWhatIsThereIsNot()
    {
        _home.Files["/a.bin"] = s_content;
        RemoteFile[] files = [Remote("a.bin", s_content)];

        await ImageDatasetDownload.FetchAsync(_folder.File("new/cache"), files, _home.Client, null, default);
        await ImageDatasetDownload.FetchAsync(_folder.File("new/cache"), files, _home.Client, null, default);

        Assert.Equal(s_content, File.ReadAllBytes(_folder.File("new/cache/a.bin")));
        Assert.Equal(1, _home.Requests);
    }

    [Fact]
    public async Task AFileThatWasDamagedInTheCacheIsFetchedAgain()
    {
        _home.Files["/a.bin"] = s_content;
        DatasetFiles.Write(_folder, ("a.bin", new byte[1000]));

        await ImageDatasetDownload.FetchAsync(_folder.Path, [Remote("a.bin", s_content)], _home.Client, null, default);

        Assert.Equal(s_content, File.ReadAllBytes(_folder.File("a.bin")));
    }

    [Fact]
    public async Task AnotherContentIsRefusedAndNothingIsKept()
    {
        byte[] changed = (byte[])s_content.Clone();
        changed[3] ^= 1;
        _home.Files["/a.bin"] = changed;

        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => ImageDatasetDownload.FetchAsync(_folder.Path, [Remote("a.bin", s_content)], _home.Client, null, default));

        Assert.Equal(
            $"http://home.test/a.bin gave a file with SHA-256 {Hash(changed)}; expected {Hash(s_content)}.", error.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(999, "http://home.test/a.bin gave 999 bytes; expected 1000.")]
    [InlineData(1001, "http://home.test/a.bin gives more than 1000 bytes; expected as many.")]
    public async Task AnotherLengthIsRefusedAndNothingIsKept(int length, string message)
    {
        _home.Files["/a.bin"] = new byte[length];

        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => ImageDatasetDownload.FetchAsync(_folder.Path, [Remote("a.bin", s_content)], _home.Client, null, default));

        Assert.Equal(message, error.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task ARefusalIsAnHttpError() =>
        await Assert.ThrowsAsync<HttpRequestException>(
            () => ImageDatasetDownload.FetchAsync(_folder.Path, [Remote("absent.bin", s_content)], _home.Client, null, default));

    [Fact]
    public async Task AnArchiveIsUnpackedOnceAndOnlyItsBatches()
    {
        byte[] archive = Archive(("x/data_batch_1.bin", DatasetFiles.CifarRecords(1)), ("../../evil.txt", [1]), ("x/batches.meta.txt", "a\nb\n"u8.ToArray()));
        _home.Files["/c.tar.gz"] = archive;
        RemoteFile remote = Remote("c.tar.gz", archive);

        await ImageDatasetDownload.FetchArchiveAsync(_folder.Path, remote, _home.Client, null, default);
        await ImageDatasetDownload.FetchArchiveAsync(_folder.Path, remote, _home.Client, null, default);

        Assert.Equal(["a", "b"], ImageDataset.LoadCifar10(_folder.Path).ClassNames);
        Assert.Equal(
            ["batches.meta.txt", "c.tar.gz.sha256", "data_batch_1.bin"],
            Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(1, _home.Requests);
    }

    [Fact]
    public async Task ProgressEndsAtOne()
    {
        _home.Files["/a.bin"] = s_content;
        var reports = new List<double>();

        await ImageDatasetDownload.FetchAsync(_folder.Path, [Remote("a.bin", s_content)], _home.Client, new Immediate(reports), default);

        Assert.Equal(1, reports[^1]);
        Assert.Equal(reports.Order(), reports);
    }

    private static RemoteFile Remote(string name, byte[] content) => new(new Uri($"http://home.test/{name}"), name, content.Length, Hash(content));

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Archive(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
        {
            foreach ((string name, byte[] content) in entries)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return stream.ToArray();
    }

    private sealed class Immediate(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }

    private sealed class FakeHome : HttpMessageHandler
    {
        public FakeHome() => Client = new HttpClient(this, disposeHandler: false);

        public HttpClient Client { get; }

        public Dictionary<string, byte[]> Files { get; } = [];

        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(
                Files.TryGetValue(request.RequestUri!.AbsolutePath, out byte[]? content)
                    ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(content) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound));
        }

        protected override void Dispose(bool disposing)
        {
            Client.Dispose();
            base.Dispose(disposing);
        }
    }
}
