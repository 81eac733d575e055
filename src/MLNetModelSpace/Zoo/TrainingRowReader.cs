using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace;

/// <summary>Reads from a row what training needs; images only when they are asked for.</summary>
internal sealed class TrainingRowReader
{
    private readonly DataViewRow _row;
    private readonly long _fixedSeed;
    private readonly ValueGetter<VBuffer<float>> _images;
    private readonly ValueGetter<long>? _seed;
    private readonly ValueGetter<ulong>? _sample;
    private readonly ValueGetter<VBuffer<float>>? _shares;
    private VBuffer<float> _buffer;

    public TrainingRowReader(TrainingBinding binding, DataViewRow row)
    {
        _row = row;
        _fixedSeed = binding.Owner.TrainingOptions.Seed;
        (DataViewSchema.Column images, DataViewSchema.Column? seed, DataViewSchema.Column? sample, DataViewSchema.Column? shares) = binding.Sources;
        _images = row.GetGetter<VBuffer<float>>(images);
        _seed = seed is { } seedColumn ? row.GetGetter<long>(seedColumn) : null;
        _sample = sample is { } sampleColumn ? row.GetGetter<ulong>(sampleColumn) : null;
        _shares = shares is { } sharesColumn ? row.GetGetter<VBuffer<float>>(sharesColumn) : null;
    }

    public long Seed
    {
        get
        {
            long seed = _fixedSeed;
            _seed?.Invoke(ref seed);
            return seed;
        }
    }

    /// <summary>What errors call the model.</summary>
    public string Name => $"model {_row.Position} (seed {Seed})";

    /// <summary>Adds what identifies the sample: its plan's word, or else every value.</summary>
    public void AppendSample(IncrementalHash hash)
    {
        if (_sample is null)
        {
            _images(ref _buffer);
            hash.AppendData("images "u8);
            if (_buffer.IsDense)
            {
                hash.AppendData(MemoryMarshal.AsBytes(_buffer.GetValues()));
                return;
            }

            float[] dense = [.. _buffer.DenseValues()];
            hash.AppendData(MemoryMarshal.AsBytes(dense.AsSpan()));
            return;
        }

        ulong sample = 0;
        _sample(ref sample);
        hash.AppendData("sample "u8);
        hash.AppendData(BitConverter.GetBytes(sample));
    }

    /// <summary>The sample, in an array that the caller gives back to the buffers.</summary>
    public float[] Images(SampleBuffers buffers)
    {
        _images(ref _buffer);
        float[] images = buffers.Take(_buffer.Length);
        _buffer.CopyTo(images);
        return images;
    }

    public float[]? Shares()
    {
        if (_shares is null)
            return null;
        VBuffer<float> shares = default;
        _shares(ref shares);
        return [.. shares.DenseValues()];
    }
}
