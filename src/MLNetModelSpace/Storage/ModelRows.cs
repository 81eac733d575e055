using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>Makes rows of models that were trained elsewhere.</summary>
public static class ModelRows
{
    /// <summary>A TorchSharp module's parameters, in <c>state_dict</c> order.</summary>
    /// <param name="module">The module; it is not changed, and may be on any device. Parameters of other types are converted to <see cref="float"/>.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="architecture">What it is, such as <c>LinearAutoencoder(hidden=32)</c>: only features that rest on a network's symmetries need it.</param>
    /// <param name="includeBuffers">Whether buffers, such as running means, are taken too.</param>
    /// <exception cref="ArgumentException">The module has no parameters, a value is not finite, or a parameter is complex, sparse or without values.</exception>
    public static WeightsRow FromModule(nn.Module module, string name = "", string architecture = "", bool includeBuffers = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        IEnumerable<KeyValuePair<string, Tensor>> state = module.state_dict();
        if (!includeBuffers)
        {
            HashSet<string> parameters = [.. module.named_parameters().Select(parameter => parameter.Item1)];
            state = state.Where(entry => parameters.Contains(entry.Key));
        }

        return FromStateDict(state, name, architecture);
    }

    /// <summary>A state dict, in its order.</summary>
    /// <param name="stateDict">Names and tensors, such as <c>module.state_dict()</c> gives; the tensors are not changed.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="architecture">What it is, such as <c>LinearAutoencoder(hidden=32)</c>.</param>
    /// <exception cref="ArgumentException">
    /// There are no tensors, a name occurs twice, a value is not finite, or a tensor is complex, sparse or without values (on the device <c>meta</c>).
    /// </exception>
    public static WeightsRow FromStateDict(IEnumerable<KeyValuePair<string, Tensor>> stateDict, string name = "", string architecture = "")
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        ArgumentNullException.ThrowIfNull(name);
        KeyValuePair<string, Tensor>[] entries = [.. stateDict];
        if (entries.Length == 0)
            throw new ArgumentException($"Model '{name}' has no tensors.", nameof(stateDict));
        var layout = new WeightLayout(
            entries.Select(entry => new TensorLayout(entry.Key, Array.ConvertAll(entry.Value.shape, dimension => checked((int)dimension)))), architecture);
        float[] weights = new float[layout.Length];
        using (TorchScope.Open())
        {
            for (int i = 0; i < entries.Length; i++)
                Copy(entries[i].Key, entries[i].Value, weights.AsSpan(layout.OffsetOf(i), layout.Tensors[i].Length));
        }

        RequireFinite(weights, layout, name);
        return new WeightsRow { Name = name, Weights = weights, Layout = layout.ToJson() };
    }

    /// <summary>A safetensors file, of this library or any other; tensors in the order of their bytes.</summary>
    /// <param name="path">The file; the model is called as it, without its extension. For a folder of files see <c>LoadZoo</c>.</param>
    /// <param name="include">Which tensors are weights; null for those of floating-point numbers.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not safetensors, holds no weights, or a value is not finite.</exception>
    public static WeightsRow FromSafetensors(string path, Func<SafetensorsTensor, bool>? include = null)
    {
        ModelFile file = ModelFile.ReadHeader(path, include);
        float[] weights = new float[file.Layout.Length];
        file.ReadWeights(weights);
        return new WeightsRow { Name = Path.GetFileNameWithoutExtension(path), Weights = weights, Layout = file.Layout.ToJson() };
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
