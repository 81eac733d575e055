using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace MLNetModelSpace;

/// <summary>
/// Fetches datasets from their own homes into a folder, when asked to: nothing else in this library uses the network. Every file is
/// checked against its SHA-256 before it gets its name; what is there already is checked and not fetched again.
/// </summary>
public static class ImageDatasetDownload
{
    private const int BufferBytes = 1 << 17;

    private static readonly Uri s_fashionMnistHome = new("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/");

    private static readonly RemoteFile[] s_fashionMnist =
    [
        FashionMnist("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        FashionMnist("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        FashionMnist("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        FashionMnist("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ];

    private static readonly RemoteFile s_cifar10 = new(
        new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
        "cifar-10-binary.tar.gz",
        170_052_171,
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd");

    /// <summary>Fetches Fashion-MNIST's four files (31 MB), as far as they are not there.</summary>
    /// <param name="folder">Where they go; made if it is absent. <see cref="ImageDataset.LoadFashionMnist"/> reads it.</param>
    /// <param name="client">What makes the requests; null for one of its own.</param>
    /// <param name="progress">Receives the part that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops it; what is finished stays.</param>
    /// <exception cref="HttpRequestException">The home cannot be reached or refuses.</exception>
    /// <exception cref="InvalidDataException">What came has another length or hash than it must have; nothing is kept of it.</exception>
    public static Task FashionMnistAsync(
        string folder, HttpClient? client = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        FetchAsync(folder, s_fashionMnist, client, progress, cancellationToken);

    /// <summary>Fetches CIFAR-10's binary version (162 MB) and unpacks its batches and class names, unless they are there.</summary>
    /// <param name="folder">Where they go; made if it is absent. <see cref="ImageDataset.LoadCifar10"/> reads it.</param>
    /// <param name="client">What makes the requests; null for one of its own.</param>
    /// <param name="progress">Receives the part that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops it; what is finished stays.</param>
    /// <exception cref="HttpRequestException">The home cannot be reached or refuses.</exception>
    /// <exception cref="InvalidDataException">What came has another length or hash than it must have; nothing is kept of it.</exception>
    public static Task Cifar10Async(
        string folder, HttpClient? client = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        FetchArchiveAsync(folder, s_cifar10, client, progress, cancellationToken);

    internal static async Task FetchAsync(
        string folder, IReadOnlyList<RemoteFile> files, HttpClient? client, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        using HttpClient? own = client is null ? new HttpClient() : null;
        long total = files.Sum(file => file.Length), done = 0;
        foreach (RemoteFile file in files)
        {
            string path = Path.Combine(folder, file.Name);
            long before = done;
            if (!await IsThereAsync(path, file, cancellationToken).ConfigureAwait(false))
                await FetchAsync(path, file, client ?? own!, bytes => progress?.Report((double)(before + bytes) / total), cancellationToken).ConfigureAwait(false);
            done += file.Length;
            progress?.Report((double)done / total);
        }
    }

    /// <summary>
    /// Fetches a gzipped tar and unpacks the files of a CIFAR-10 folder. A mark with the archive's hash, written last, says that
    /// all of them are there.
    /// </summary>
    internal static async Task FetchArchiveAsync(
        string folder, RemoteFile archive, HttpClient? client, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string mark = Path.Combine(folder, archive.Name + ".sha256");
        if (File.Exists(mark) && (await File.ReadAllTextAsync(mark, cancellationToken).ConfigureAwait(false)).Trim() == archive.Sha256)
        {
            progress?.Report(1);
            return;
        }

        await FetchAsync(folder, [archive], client, progress, cancellationToken).ConfigureAwait(false);
        string path = Path.Combine(folder, archive.Name);
        await UnpackAsync(path, folder, cancellationToken).ConfigureAwait(false);
        using (var pending = new PendingFile(mark))
        {
            await pending.Stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(archive.Sha256), cancellationToken).ConfigureAwait(false);
            pending.Commit();
        }

        File.Delete(path);
    }

    private static RemoteFile FashionMnist(string name, long length, string sha256) => new(new Uri(s_fashionMnistHome, name), name, length, sha256);

    private static async Task<bool> IsThereAsync(string path, RemoteFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != file.Length)
            return false;
        await using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)) == file.Sha256;
    }

    private static async Task FetchAsync(string path, RemoteFile file, HttpClient client, Action<long> report, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response =
            await client.GetAsync(file.Address, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        await using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var pending = new PendingFile(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        long received = 0;
        int count;
        while ((count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            received += count;
            if (received > file.Length)
                throw new InvalidDataException($"{file.Address} gives more than {file.Length} bytes; expected as many.");
            hash.AppendData(buffer, 0, count);
            await pending.Stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            report(received);
        }

        if (received != file.Length)
            throw new InvalidDataException($"{file.Address} gave {received} bytes; expected {file.Length}.");
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != file.Sha256)
            throw new InvalidDataException($"{file.Address} gave a file with SHA-256 {found}; expected {file.Sha256}.");
        pending.Commit();
    }

    private static async Task UnpackAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(archive);
        await using var gzip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        int unpacked = 0;
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            // Only the last part of the entry's path is used, and only for names we know: an archive cannot write elsewhere.
            string name = Path.GetFileName(entry.Name);
            bool wanted = name.EndsWith(".bin", StringComparison.Ordinal) || name == "batches.meta.txt";
            if (!wanted || entry.DataStream is not { } data)
                continue;
            using var pending = new PendingFile(Path.Combine(folder, name));
            await data.CopyToAsync(pending.Stream, cancellationToken).ConfigureAwait(false);
            pending.Commit();
            unpacked++;
        }

        if (unpacked == 0)
            throw new InvalidDataException($"'{archive}' holds no *.bin files.");
    }
}
