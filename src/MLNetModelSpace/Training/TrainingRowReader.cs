using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Training;

/// <summary>Reads from a row what training needs; images only where they are asked for.</summary>
internal sealed class TrainingRowReader
{
    private readonly TrainingBinding _binding;
    private readonly DataViewRow _row;
    private readonly ValueGetter<VBuffer<float>> _images;
    private readonly ValueGetter<long>? _seed;
    private readonly ValueGetter<ulong>? _sample;
    private readonly ValueGetter<VBuffer<float>>? _shares;
    private VBuffer<float> _read;
    private bool _isRead;

    public TrainingRowReader(TrainingBinding binding, DataViewRow row)
    {
        _binding = binding;
        _row = row;
        (DataViewSchema.Column images, DataViewSchema.Column? seed, DataViewSchema.Column? sample, DataViewSchema.Column? shares) = binding.Sources;
        _images = row.GetGetter<VBuffer<float>>(images);
        _seed = seed is { } seedColumn ? row.GetGetter<long>(seedColumn) : null;
        _sample = sample is { } sampleColumn ? row.GetGetter<ulong>(sampleColumn) : null;
        _shares = shares is { } sharesColumn ? row.GetGetter<VBuffer<float>>(sharesColumn) : null;
    }

    /// <summary>The key of the row's model: all that decides its weights.</summary>
    public string ReadKey()
    {
        _isRead = false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(_binding.KeyPrefix));
        hash.AppendData(BitConverter.GetBytes(Seed));
        if (_sample is null)
        {
            hash.AppendData("images "u8);
            hash.AppendData(MemoryMarshal.AsBytes(Read().GetValues()));
        }
        else
        {
            // The plan's word for the sample: no image is gathered.
            ulong sample = 0;
            _sample(ref sample);
            hash.AppendData("sample "u8);
            hash.AppendData(BitConverter.GetBytes(sample));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>The job of training the row's model.</summary>
    /// <param name="key">As read.</param>
    /// <param name="free">Memory of jobs that are done, for its images.</param>
    /// <exception cref="InvalidDataException">The images are no images.</exception>
    public TrainingJob CreateJob(string key, Stack<float[]> free)
    {
        long seed = Seed;
        string name = $"model {_row.Position} (seed {seed})";
        ReadOnlySpan<float> values = Read().GetValues();
        Check(values, name);
        float[] images = free.TryPop(out float[]? old) && old.Length == values.Length ? old : new float[values.Length];
        values.CopyTo(images);
        ModelDescription description = _binding.Describe(seed, Shares());
        return new TrainingJob(name, seed, images, model => _binding.Owner.Memory.Keep(key, model, description));
    }

    private long Seed
    {
        get
        {
            long seed = _binding.Owner.TrainingOptions.Seed!.Value;
            _seed?.Invoke(ref seed);
            return seed;
        }
    }

    private VBuffer<float> Read()
    {
        if (_isRead)
            return _read;
        _images(ref _read);
        if (!_read.IsDense)
        {
            VBuffer<float> dense = default;
            _read.CopyToDense(ref dense);
            _read = dense;
        }

        _isRead = true;
        return _read;
    }

    private float[]? Shares()
    {
        if (_shares is null)
            return null;
        VBuffer<float> shares = default;
        _shares(ref shares);
        return [.. shares.DenseValues()];
    }

    private void Check(ReadOnlySpan<float> images, string name)
    {
        ImageShape shape = _binding.Owner.ImageShape;
        if (images.Length == 0)
            throw new InvalidDataException($"The sample of {name} has no images.");
        if (images.Length % shape.Size != 0)
            throw new InvalidDataException($"The sample of {name} has {images.Length} values, which is no multiple of the {shape.Size} of an image of {shape}.");
        if (PixelConversion.IndexOfOutside(images) is >= 0 and var place)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Image {place / shape.Size} of {name} holds {images[place]}; expected values in [0, 1]."));
        if (images.Length == shape.Size)
            _binding.Owner.WarnOfSingleImages();
    }
}
