using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using SkiaSharp;

namespace MLNetModelSpace.Tests.Images;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderForEachClassIsADatasetInOrdinalOrder()
    {
        Write("b/2.png", 2, 1, 1, [3, 4]);
        Write("b/1.png", 2, 1, 1, [1, 2]);
        Write("a/x.PNG", 2, 1, 1, [5, 6]);

        ImageDataset images = ImageDataset.LoadFolder(_folder.Path, new ImageShape(1, 1, 2));

        Assert.Equal(["a", "b"], images.ClassNames);
        Assert.Equal([0, 1, 1], images.Labels.ToArray());
        Assert.Equal([[5, 6], [1, 2], [3, 4]], Enumerable.Range(0, 3).Select(i => images.GetPixels(i).ToArray()));
    }

    [Fact]
    public void ColoursAreThreeChannelsOneAfterAnother()
    {
        Write("a/1.png", 2, 1, 3, [10, 20, 30, 40, 50, 60]);

        Assert.Equal([10, 40, 20, 50, 30, 60], ImageDataset.LoadFolder(_folder.Path, new ImageShape(3, 1, 2)).GetPixels(0).ToArray());
    }

    [Fact]
    public void ColoursBecomeGreyByHowBrightTheyLook()
    {
        Write("a/1.png", 3, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255]);

        // 0.299, 0.587 and 0.114 of 255, in the decoder's whole numbers.
        Assert.Equal([76, 149, 28], ImageDataset.LoadFolder(_folder.Path, new ImageShape(1, 1, 3)).GetPixels(0).ToArray());
    }

    [Fact]
    public void ALargerPictureIsAveragedAndASmallerOneInterpolated()
    {
        Write("a/large.png", 4, 4, 1, [.. Enumerable.Repeat((byte)200, 16)]);
        Write("a/small.png", 1, 2, 1, [0, 100]);

        ImageDataset images = ImageDataset.LoadFolder(_folder.Path, new ImageShape(1, 4, 1));

        Assert.Equal([200, 200, 200, 200], images.GetPixels(0).ToArray());
        Assert.Equal([0, 25, 75, 100], images.GetPixels(1).ToArray());
    }

    [Fact]
    public void AJpegIsDecoded()
    {
        using var bitmap = new SKBitmap(16, 8);
        bitmap.Erase(new SKColor(200, 100, 50));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        Directory.CreateDirectory(_folder.File("a"));
        File.WriteAllBytes(_folder.File("a/1.jpeg"), data.ToArray());

        byte[] pixels = ImageDataset.LoadFolder(_folder.Path, new ImageShape(3, 1, 2)).GetPixels(0).ToArray();

        // A colour that is the same everywhere loses no more than rounding.
        Assert.All(pixels.Zip([200, 200, 100, 100, 50, 50]), pair => Assert.InRange(pair.First, pair.Second - 3, pair.Second + 3));
    }

    [Fact]
    public void AHeaderThatPromisesMoreThanTheFileCanHoldIsRefused()
    {
        Write("a/1.png", 1, 1, 1, [0], claimedWidth: 9000, claimedHeight: 9000);
        long length = new FileInfo(_folder.File("a/1.png")).Length;

        var error = Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFolder(_folder.Path, new ImageShape(1, 1, 1)));

        Assert.Contains($"would have 9000×9000 pixels; of a file of {length} bytes, at most ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HalvingGivesWhatPillowGives()
    {
        // Image.fromarray(numpy.array([[0, 40, 80, 120]], numpy.uint8)).resize((2, 1), Image.BILINEAR): weights 3:3:1 and 1:3:3 of what is inside.
        Write("a/1.png", 4, 1, 1, [0, 40, 80, 120]);

        Assert.Equal([29, 91], ImageDataset.LoadFolder(_folder.Path, new ImageShape(1, 1, 2)).GetPixels(0).ToArray());
    }

    [Fact]
    public void AFileThatIsNoPictureIsNamed()
    {
        Directory.CreateDirectory(_folder.File("a"));
        File.WriteAllText(_folder.File("a/1.png"), "no picture");

        Assert.Contains("1.png' is no picture that can be read", Cause(new ImageShape(1, 2, 2)));
    }

    [Fact]
    public void APictureThatIsCutShortIsNamed()
    {
        Write("a/1.png", 20, 20, 1, [.. Enumerable.Range(0, 400).Select(i => (byte)(i * 7))]);
        byte[] bytes = File.ReadAllBytes(_folder.File("a/1.png"));
        File.WriteAllBytes(_folder.File("a/1.png"), bytes[..(bytes.Length / 2)]);

        Assert.Contains("1.png' is no picture that can be read", Cause(new ImageShape(1, 2, 2)));
    }

    [Fact]
    public void APictureOfMorePixelsThanAnybodyTakesIsRefusedBeforeItIsDecoded()
    {
        Write("a/1.png", 1, 1, 1, [0], claimedWidth: 12_000, claimedHeight: 12_000);

        Assert.Contains("would have 12000×12000 pixels", Cause(new ImageShape(1, 2, 2)));
    }

    [Fact]
    public void FoldersWithoutPicturesAreRefusedByName()
    {
        Write("a/1.png", 1, 1, 1, [0]);
        Directory.CreateDirectory(_folder.File("b"));

        Assert.Contains("b' holds no pictures", Cause(new ImageShape(1, 2, 2)));
    }

    [Fact]
    public void TwoChannelsAreNoneOfAPicture() => Assert.Throws<ArgumentException>(() => ImageDataset.LoadFolder(_folder.Path, new ImageShape(2, 1, 1)));

    private string Cause(ImageShape shape) => Assert.Throws<InvalidDataException>(() => ImageDataset.LoadFolder(_folder.Path, shape)).Message;

    /// <summary>Writes a PNG of 8 bits, grey or colour.</summary>
    private void Write(string name, int width, int height, int channels, byte[] pixels, int? claimedWidth = null, int? claimedHeight = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        using var stream = new MemoryStream();
        stream.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, claimedWidth ?? width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), claimedHeight ?? height);
        (header[8], header[9]) = (8, (byte)(channels == 1 ? 0 : 2));
        Chunk(stream, "IHDR", header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.AsSpan(y * width * channels, width * channels));
            }
        }

        Chunk(stream, "IDAT", packed.ToArray());
        Chunk(stream, "IEND", []);
        File.WriteAllBytes(_folder.File(name), stream.ToArray());
    }

    private static void Chunk(Stream stream, string kind, byte[] content)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(kind), .. content];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(body));
        stream.Write(number);
    }
}
