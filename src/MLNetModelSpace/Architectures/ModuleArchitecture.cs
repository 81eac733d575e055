using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetModelSpace;

/// <summary>
/// An architecture of one's own: any TorchSharp module that takes images (n×C×H×W, values in [0, 1]) to their reconstructions of the same shape.
/// It is trained by autograd, each model alone, through the same estimator and with the same options as the architectures of this library.
/// </summary>
/// <remarks>
/// <para>The factory is given the model's seed, and equal seeds are to give equal modules. TorchSharp's layers draw their initial weights from the process-wide generator:
/// the factory runs under a lock with that generator seeded by the model's seed, and the generator's state is put back afterwards. A module whose forward draws numbers
/// in training mode (dropout, a variational autoencoder) is trained under the same lock, one at a time, so that equal seeds give equal weights.</para>
/// <para>What is kept of a model is its trainable parameters, all 32-bit floats. Modules with buffers (the running statistics of batch normalisation) are refused, since those would be lost.</para>
/// <para>A saved pipeline holds the name alone: <see cref="Register"/> the architecture before loading it. Thread-safe.</para>
/// </remarks>
public sealed partial class ModuleArchitecture : Architecture
{
    private static readonly Lock s_generator = new();
    private static readonly ConcurrentDictionary<string, ModuleArchitecture> s_registered = new(StringComparer.Ordinal);

    private readonly Func<long, nn.Module> _create;
    private readonly Func<nn.Module, Tensor, (Tensor Reconstruction, Tensor? Loss)> _forward;
    private readonly Lock _inspect = new();
    private Inspection? _inspection;

    /// <summary>Modules that give reconstructions; their loss is the options'.</summary>
    /// <param name="name">One word of letters, digits, dots, dashes and underscores; stands in files for the factory.</param>
    /// <param name="create">Makes the module of a seed. The module is disposed by whoever trains or runs it.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public ModuleArchitecture(string name, Func<long, nn.Module<Tensor, Tensor>> create)
        : this(name, create, (module, images) => (((nn.Module<Tensor, Tensor>)module).forward(images), null))
    {
    }

    /// <summary>Modules that give reconstructions and a further loss, a scalar that is added to the options' (such as a divergence).</summary>
    /// <param name="name">One word of letters, digits, dots, dashes and underscores; stands in files for the factory.</param>
    /// <param name="create">Makes the module of a seed. The module is disposed by whoever trains or runs it.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public ModuleArchitecture(string name, Func<long, nn.Module<Tensor, (Tensor Reconstruction, Tensor Loss)>> create)
        : this(name, create, (module, images) => ((nn.Module<Tensor, (Tensor Reconstruction, Tensor Loss)>)module).forward(images))
    {
    }

    private ModuleArchitecture(string name, Func<long, nn.Module> create, Func<nn.Module, Tensor, (Tensor Reconstruction, Tensor? Loss)> forward)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        if (!Word().IsMatch(name))
            throw new ArgumentException($"'{name}' is no name of an architecture; expected one word of letters, digits, dots, dashes and underscores.", nameof(name));
        Name = name;
        _create = create;
        _forward = forward;
    }

    /// <summary>What it is called in files.</summary>
    public string Name { get; }

    /// <summary>Makes an architecture known by its name, for <see cref="Architecture.Parse(string)"/> and for pipelines that are loaded.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <exception cref="ArgumentException">Another one has that name.</exception>
    public static void Register(ModuleArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        if (s_registered.GetOrAdd(architecture.Name, architecture) != architecture)
            throw new ArgumentException($"Another architecture is registered as '{architecture.Name}'.", nameof(architecture));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ModuleArchitecture)}(name={Name})";

    internal static ModuleArchitecture FromText(ArchitectureText text)
    {
        string name = text.Word("name");
        return s_registered.TryGetValue(name, out ModuleArchitecture? known)
            ? known
            : throw new FormatException($"'{name}' is an architecture of one's own that is not registered: call ModuleArchitecture.Register before.");
    }

    /// <summary>None: its layers are known to the module alone.</summary>
    internal override Network? GetNetwork(ImageShape imageShape) => null;

    /// <summary>Tells factories apart that share a name: a hash of a module's tensors and first weights.</summary>
    internal string GetFingerprint(ImageShape imageShape) => Inspect(imageShape).Fingerprint;

    /// <summary>Whether its forward draws numbers in training mode.</summary>
    internal bool DrawsNumbers(ImageShape imageShape) => Inspect(imageShape).DrawsNumbers;

    /// <summary>Runs the module.</summary>
    internal (Tensor Reconstruction, Tensor? Loss) Forward(nn.Module module, Tensor images) => _forward(module, images);

    /// <summary>Makes the module of a seed on a device; the caller disposes it.</summary>
    internal nn.Module Build(long seed, Device device)
    {
        nn.Module module = Seeded(seed, () => _create(seed));
        try
        {
            Check(module);
            if (device.type != DeviceType.CPU)
                module.to(device);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>Runs something with the process-wide generator seeded, and puts its state back.</summary>
    internal static T Seeded<T>(long seed, Func<T> run)
    {
        lock (s_generator)
        {
            using Tensor state = get_rng_state();
            try
            {
                manual_seed(seed);
                return run();
            }
            finally
            {
                set_rng_state(state);
            }
        }
    }

    /// <inheritdoc/>
    private protected override nn.Module<Tensor, Tensor> BuildModule(ImageShape imageShape, ReadOnlySpan<float> weights)
    {
        nn.Module module = Build(0, CPU);
        Write(module, weights);
        module.eval();
        return module as nn.Module<Tensor, Tensor> ?? new Reconstructing(module, _forward);
    }

    /// <summary>Copies the parameters out, in the order of the layout.</summary>
    internal static void Read(nn.Module module, Span<float> weights)
    {
        foreach ((_, Parameter parameter) in module.named_parameters())
        {
            using Tensor host = parameter.detach();
            using Tensor values = host.cpu();
            using Tensor packed = values.contiguous();
            ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(packed.bytes);
            numbers.CopyTo(weights);
            weights = weights[numbers.Length..];
        }
    }

    private static void Write(nn.Module module, ReadOnlySpan<float> weights)
    {
        using IDisposable frozen = no_grad();
        foreach ((_, Parameter parameter) in module.named_parameters())
        {
            int length = (int)parameter.numel();
            using Tensor values = NativeTensors.Of(weights[..length], parameter.shape);
            parameter.copy_(values);
            weights = weights[length..];
        }
    }

    private protected override IEnumerable<TensorLayout> GetTensors(ImageShape imageShape) => Inspect(imageShape).Tensors;

    private void Check(nn.Module module)
    {
        (string Name, Parameter Tensor)[] parameters = [.. module.named_parameters().Select(named => (named.name, named.parameter))];
        if (parameters.Length == 0)
            throw new ArgumentException($"{this} makes a module without parameters: there is nothing to train.");
        (string firstName, Parameter first) = parameters[0];
        foreach ((string name, Parameter parameter) in parameters)
        {
            if (parameter.device_type != first.device_type || parameter.device_index != first.device_index)
                throw new ArgumentException($"{this} makes a module with '{firstName}' on {first.device} and '{name}' on {parameter.device}; expected one device.");
            if (parameter.dtype != float32)
                throw new ArgumentException($"{this} makes a module whose '{name}' is of {parameter.dtype}; expected {float32}.");
        }

        if (module.named_buffers().FirstOrDefault() is { name: { } buffer })
            throw new ArgumentException($"{this} makes a module with the buffer '{buffer}', which is no parameter and would be lost with the model's weights; expected none.");
    }

    /// <summary>Builds the module of one seed twice and runs it, once for all.</summary>
    private Inspection Inspect(ImageShape shape)
    {
        lock (_inspect)
        {
            if (_inspection is { } known && known.Shape == shape)
                return known;
            using TorchScope scope = TorchScope.Open();
            using IDisposable frozen = no_grad();
            using nn.Module module = Build(1, CPU), again = Build(1, CPU);
            TensorLayout[] tensors = [.. module.named_parameters()
                .Select(named => new TensorLayout(named.name, Array.ConvertAll(named.parameter.shape, size => checked((int)size))))];
            float[] weights = new float[tensors.Sum(tensor => tensor.Length)], others = new float[weights.Length];
            Read(module, weights);
            if (again.named_parameters().Sum(named => named.parameter.numel()) != weights.Length)
                throw NotOfItsSeed();
            Read(again, others);
            if (!weights.AsSpan().SequenceEqual(others))
                throw NotOfItsSeed();
            Tensor images = full([2, shape.Channels, shape.Height, shape.Width], 0.5, float32, CPU);
            module.train();
            Tensor first = Reconstruct(module, images, 1), second = Reconstruct(module, images, 2);
            if (!first.shape.AsSpan().SequenceEqual(images.shape))
                throw new ArgumentException($"{this} takes images of {string.Join('×', images.shape)} to {string.Join('×', first.shape)}; expected reconstructions of the same shape.");
            byte[] hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(string.Join(';', tensors.Select(tensor => tensor.ToString()))), .. MemoryMarshal.AsBytes(weights.AsSpan())]);
            return _inspection = new Inspection(shape, tensors, Convert.ToHexStringLower(hash.AsSpan(0, 8)), !first.equal(second).all().item<bool>());
        }
    }

    private Tensor Reconstruct(nn.Module module, Tensor images, long seed)
    {
        try
        {
            return Seeded(seed, () => _forward(module, images).Reconstruction);
        }
        catch (ExternalException error)
        {
            throw new ArgumentException(TorchErrors.Explain($"{this} cannot run images of {string.Join('×', images.shape)}", error).Message);
        }
    }

    private ArgumentException NotOfItsSeed() =>
        new($"{this} makes modules with other weights from the same seed; expected a function of the seed (and of TorchSharp's process-wide generator, which is seeded by it).");

    [GeneratedRegex("^[A-Za-z0-9._-]+$")]
    private static partial Regex Word();

    private sealed record Inspection(ImageShape Shape, TensorLayout[] Tensors, string Fingerprint, bool DrawsNumbers);

    /// <summary>The reconstruction alone of a module that gives a loss, too.</summary>
    private sealed class Reconstructing : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module _module;
        private readonly Func<nn.Module, Tensor, (Tensor Reconstruction, Tensor? Loss)> _forward;

        public Reconstructing(nn.Module module, Func<nn.Module, Tensor, (Tensor Reconstruction, Tensor? Loss)> forward)
            : base(nameof(Reconstructing))
        {
            _module = module;
            _forward = forward;
            register_module("module", module);
        }

        public override Tensor forward(Tensor input) => _forward(_module, input).Reconstruction;
    }
}
