using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>Makes rows of models that were trained elsewhere.</summary>
public static class ModelRows
{
    /// <summary>A TorchSharp module's parameters, in <c>state_dict</c> order; tied ones under each of their names. The layout is wired as the module's layers are.</summary>
    /// <param name="module">The module; it is not changed, and may be on any device. Parameters of other types are converted to <see cref="float"/>.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="architecture">What it is, such as <c>LinearAutoencoder(hidden=32)</c>: only features that rest on a network's symmetries need it.</param>
    /// <param name="buffers">What becomes of buffers, such as running means. Default: they are left out.</param>
    /// <exception cref="ArgumentException">The module has no parameters, a value is not finite, or a parameter is complex, sparse or without values.</exception>
    public static WeightsRow FromModule(nn.Module module, string name = "", string architecture = "", BufferHandling buffers = BufferHandling.Skip)
    {
        ArgumentNullException.ThrowIfNull(module);
        HashSet<string> apart = [.. module.named_buffers().Select(buffer => buffer.name)];
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string inner, nn.Module part) in module.named_modules())
            types[inner] = part.GetType().Name;
        // Modules of this library and of the user's own say nothing by their class.
        return FromTensors(module.state_dict(), name, architecture, buffers, apart.Contains, layer => types.GetValueOrDefault(layer) is { } type && s_layers.Contains(type) ? type : null);
    }

    /// <summary>A state dict, in its order.</summary>
    /// <param name="stateDict">Names and tensors, such as <c>module.state_dict()</c> gives; the tensors are not changed.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="architecture">What it is, such as <c>LinearAutoencoder(hidden=32)</c>.</param>
    /// <param name="buffers">
    /// What becomes of buffers: tensors called <c>running_mean</c>, <c>running_var</c> or <c>num_batches_tracked</c>, and those of integers and booleans. Default: they are left out.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There are no tensors, a name occurs twice, a value is not finite, or a tensor is complex, sparse or without values (on the device <c>meta</c>).
    /// </exception>
    public static WeightsRow FromStateDict(
        IEnumerable<KeyValuePair<string, Tensor>> stateDict, string name = "", string architecture = "", BufferHandling buffers = BufferHandling.Skip)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        ArgumentNullException.ThrowIfNull(name);
        KeyValuePair<string, Tensor>[] entries = [.. stateDict];
        HashSet<string> apart = [.. entries.Where(entry => CanonicalLayout.IsBufferName(entry.Key) || !(entry.Value.is_floating_point() || entry.Value.is_complex())).Select(entry => entry.Key)];
        return FromTensors(entries, name, architecture, buffers, apart.Contains, null);
    }

    /// <summary>A file of any format that is read: safetensors, or a PyTorch checkpoint.</summary>
    /// <param name="path">The file; the model is called as it, without its extension. For a folder of files see <c>LoadModels</c>.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The options do not fit one another.</exception>
    /// <exception cref="InvalidDataException">It is of no format that is read, damaged, holds no weights or several state dicts, is not of the architecture that is asked for, or a value is not finite.</exception>
    public static WeightsRow FromFile(string path, ModelFileOptions? options = null) => ModelReader.Read(path, (options ?? new ModelFileOptions()).ForReader()).ToRow();

    /// <summary>
    /// A safetensors file, of this library or any other; tensors in the order of the network, where the architecture in its metadata or names and shapes say it: Python's
    /// safetensors sorts by name.
    /// </summary>
    /// <param name="path">The file; the model is called as it, without its extension. For a folder of files see <c>LoadZoo</c>.</param>
    /// <param name="include">Which tensors are weights; null for those of floating-point numbers that are no buffers.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not safetensors, holds no weights, or a value is not finite.</exception>
    public static WeightsRow FromSafetensors(string path, Func<StoredTensor, bool>? include = null) => FromSafetensors(path, new ModelReaderOptions { Include = include });

    /// <summary>A safetensors file of an architecture: tensors are matched by name, else by the order of layers and their shapes, so that the model can be run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="imageShape">The shape of its images.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not safetensors, not of that architecture, or a value is not finite.</exception>
    public static WeightsRow FromSafetensors(string path, Architecture architecture, ImageShape imageShape)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return FromSafetensors(path, new ModelReaderOptions { Architecture = architecture, ImageShape = ModelFileOptions.RequireShape(architecture, imageShape) });
    }

    /// <summary>TorchSharp's layers with weights; what else has weights is no layer of a chain, or says nothing.</summary>
    private static readonly HashSet<string> s_layers = new(StringComparer.Ordinal)
    {
        "Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Bilinear", "Embedding", "GRU", "LSTM", "RNN", "MultiheadAttention", "PReLU",
    };

    private static WeightsRow FromSafetensors(string path, ModelReaderOptions options)
    {
        // Says what the file is, where it is no safetensors file.
        SafetensorsFile.Open(path).Dispose();
        return ModelReader.Read(path, options).ToRow();
    }

    private static WeightsRow FromTensors(
        IEnumerable<KeyValuePair<string, Tensor>> stateDict, string name, string architecture, BufferHandling buffers, Func<string, bool> isBuffer, Func<string, string?>? moduleType)
    {
        if (!Enum.IsDefined(buffers))
            throw new ArgumentOutOfRangeException(nameof(buffers), buffers, $"'{buffers}' is no {nameof(BufferHandling)}.");
        KeyValuePair<string, Tensor>[] all = [.. stateDict];
        KeyValuePair<string, Tensor>[] entries = [.. all.Where(entry => !isBuffer(entry.Key)), .. all.Where(entry => buffers != BufferHandling.Skip && isBuffer(entry.Key))];
        if (entries.Length == 0)
            throw new ArgumentException($"Model '{name}' has no tensors.", nameof(stateDict));
        TensorLayout[] tensors = [.. entries.Select(entry => new TensorLayout(entry.Key, Array.ConvertAll(entry.Value.shape, dimension => checked((int)dimension)))
        {
            IsBuffer = buffers == BufferHandling.Keep && isBuffer(entry.Key),
        })];
        var layout = new WeightLayout(tensors, architecture);
        if (moduleType is not null && layout.GetWiring() is var byName && WiringRules.Read(tensors, moduleType) is var byModule && !byModule.Equals(byName) && byModule.Reason is null)
            layout = new WeightLayout(tensors, architecture, byModule);
        float[] weights = new float[layout.Length];
        using (TorchScope.Open())
        {
            for (int i = 0; i < entries.Length; i++)
                Copy(entries[i].Key, entries[i].Value, weights.AsSpan(layout.OffsetOf(i), layout.Tensors[i].Length));
        }

        RequireFinite(weights, layout, name);
        return new WeightsRow { Name = name, Weights = weights, Layout = layout.ToJson() };
    }

    private static void Copy(string name, Tensor tensor, Span<float> destination)
    {
        string? kind = tensor.device_type == DeviceType.META ? "on the device meta, which keeps no values"
            : tensor.is_sparse ? "sparse"
            : tensor.is_complex() ? "complex"
            : null;
        if (kind is not null)
            throw new ArgumentException($"Tensor '{name}' is {kind}; expected real values, one for each element.", "stateDict");
        if (destination.IsEmpty)
            return;
        // Disposed by the scope that is open: some of these give the tensor itself where there is nothing to do.
        using Tensor detached = tensor.detach();
        Tensor values = detached.cpu().to(float32).contiguous();
        MemoryMarshal.Cast<byte, float>(values.bytes).CopyTo(destination);
    }

    private static void RequireFinite(float[] weights, WeightLayout layout, string name)
    {
        for (int i = 0; i < layout.Tensors.Count; i++)
        {
            ReadOnlySpan<float> values = layout.Slice(weights, i);
            if (FiniteNumbers.IndexOfOther(values) is >= 0 and int j)
                throw new ArgumentException($"Tensor '{layout.Tensors[i].Name}' of model '{name}' holds {values[j]} at {j}; expected finite weights.");
        }
    }
}

/// <summary>
/// A model as a row: what <see cref="ModelRows"/> makes, <c>Data.FromWeights</c> makes a view of, and a prediction engine takes. Derive from it to
/// have columns of your own beside.
/// </summary>
public class WeightsRow
{
    /// <summary>What the model is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>All weights, one tensor after another.</summary>
    [VectorType]
    public float[] Weights { get; set; } = [];

    /// <summary>The <see cref="WeightLayout"/> of the weights, as JSON; empty where it is not said: then it is the fitted one, or that of the options.</summary>
    public string Layout { get; set; } = "";
}
