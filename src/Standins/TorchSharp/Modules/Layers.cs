namespace TorchSharp
{
    /// <summary>What lies beyond the edge of an image.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }
}

namespace TorchSharp.Modules
{
    /// <summary>y = x·Wᵀ + b, with W and b uniform in ±1/√inputs at the start.</summary>
    public sealed class Linear : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private Parameter _weight;
        private Parameter? _bias;

        internal Linear(long inputs, long outputs, bool hasBias, torch.Device? device, torch.ScalarType? dtype) : base(nameof(Linear))
        {
            _weight = Initial.KaimingUniform([outputs, inputs], device, dtype);
            _bias = hasBias ? Initial.BiasFor(_weight, outputs, device, dtype) : null;
            register_parameter("weight", _weight);
            register_parameter("bias", _bias);
        }

        public Parameter weight
        {
            get => _weight;
            set => Replace("weight", _weight = value);
        }

        public Parameter? bias
        {
            get => _bias;
            set => Replace("bias", _bias = value);
        }

        public override torch.Tensor forward(torch.Tensor tensor) => LinearProduct.Apply(tensor, _weight, _bias);
    }

    public sealed class Conv2d : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly (long, long) _stride;
        private readonly (long, long) _padding;
        private readonly (long, long) _dilation;
        private readonly long _groups;
        private readonly Parameter _weight;
        private readonly Parameter? _bias;

        internal Conv2d(
            long inputs, long outputs, (long H, long W) kernel, (long, long) stride, (long, long) padding, (long, long) dilation, PaddingModes mode,
            long groups, bool bias, torch.Device? device, torch.ScalarType? dtype) : base(nameof(Conv2d))
        {
            Initial.RequireZeros(mode, "torch.nn.Conv2d");
            Initial.RequireGroups(inputs, outputs, groups);
            (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);
            _weight = Initial.KaimingUniform([outputs, inputs / groups, kernel.H, kernel.W], device, dtype);
            _bias = bias ? Initial.BiasFor(_weight, outputs, device, dtype) : null;
            register_parameter("weight", _weight);
            register_parameter("bias", _bias);
        }

        public override torch.Tensor forward(torch.Tensor input) => Convolutions.Forward(input, _weight, _bias, _stride, _padding, _dilation, _groups);
    }

    public sealed class ConvTranspose2d : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly (long, long) _stride;
        private readonly (long, long) _padding;
        private readonly (long, long) _outputPadding;
        private readonly (long, long) _dilation;
        private readonly long _groups;
        private readonly Parameter _weight;
        private readonly Parameter? _bias;

        internal ConvTranspose2d(
            long inputs, long outputs, (long H, long W) kernel, (long, long) stride, (long, long) padding, (long, long) outputPadding,
            (long, long) dilation, PaddingModes mode, long groups, bool bias, torch.Device? device, torch.ScalarType? dtype) : base(nameof(ConvTranspose2d))
        {
            Initial.RequireZeros(mode, "torch.nn.ConvTranspose2d");
            Initial.RequireGroups(inputs, outputs, groups);
            (_stride, _padding, _outputPadding, _dilation, _groups) = (stride, padding, outputPadding, dilation, groups);
            _weight = Initial.KaimingUniform([inputs, outputs / groups, kernel.H, kernel.W], device, dtype);
            _bias = bias ? Initial.BiasFor(_weight, outputs, device, dtype) : null;
            register_parameter("weight", _weight);
            register_parameter("bias", _bias);
        }

        public override torch.Tensor forward(torch.Tensor input) =>
            Convolutions.Transposed(input, _weight, _bias, _stride, _padding, _outputPadding, _dilation, _groups);
    }

    public sealed class Flatten : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly long _start;
        private readonly long _end;

        internal Flatten(long start, long end) : base(nameof(Flatten)) => (_start, _end) = (start, end);

        public override torch.Tensor forward(torch.Tensor input) => input.flatten(_start, _end);
    }

    public sealed class Unflatten : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly long _dim;
        private readonly long[] _sizes;

        internal Unflatten(long dim, long[] sizes) : base(nameof(Unflatten)) => (_dim, _sizes) = (dim, (long[])sizes.Clone());

        public override torch.Tensor forward(torch.Tensor tensor) => tensor.unflatten(_dim, _sizes);
    }

    /// <summary>The initial values that PyTorch gives to linear layers and convolutions.</summary>
    internal static class Initial
    {
        internal static Parameter KaimingUniform(long[] sizes, torch.Device? device, torch.ScalarType? dtype)
        {
            var values = torch.NewEmpty(sizes, dtype, device, requires_grad: false);
            if (values.Count > 0)
                torch.nn.init.kaiming_uniform_(values, Math.Sqrt(5));
            return new Parameter(values);
        }

        internal static Parameter BiasFor(torch.Tensor weight, long length, torch.Device? device, torch.ScalarType? dtype)
        {
            var values = torch.NewEmpty([length], dtype, device, requires_grad: false);
            var (fan, _) = torch.nn.init.CalculateFanInAndFanOut(weight);
            var bound = fan > 0 ? 1 / Math.Sqrt(fan) : 0;
            RandomFill.Uniform(values, -bound, bound, null);
            return new Parameter(values);
        }

        internal static void RequireZeros(PaddingModes mode, string member)
        {
            if (mode != PaddingModes.Zeros)
                throw Errors.NotSupported(member, $"padding mode {mode} is not supported; Zeros is.");
        }

        internal static void RequireGroups(long inputs, long outputs, long groups)
        {
            if (groups <= 0)
                throw new ArgumentException("groups must be a positive integer", nameof(groups));
            if (inputs % groups != 0)
                throw new ArgumentException("in_channels must be divisible by groups", nameof(inputs));
            if (outputs % groups != 0)
                throw new ArgumentException("out_channels must be divisible by groups", nameof(outputs));
        }
    }
}
