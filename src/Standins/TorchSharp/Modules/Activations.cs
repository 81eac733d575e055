namespace TorchSharp.Modules;

public sealed class ReLU : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly bool _inplace;

    internal ReLU(bool inplace) : base(nameof(ReLU))
    {
        _inplace = inplace;
    }

    public override torch.Tensor forward(torch.Tensor tensor) => _inplace ? tensor.relu_() : tensor.relu();
}

public sealed class Sigmoid : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    internal Sigmoid() : base(nameof(Sigmoid))
    {
    }

    public override torch.Tensor forward(torch.Tensor tensor) => tensor.sigmoid();
}

public sealed class Tanh : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    internal Tanh() : base(nameof(Tanh))
    {
    }

    public override torch.Tensor forward(torch.Tensor tensor) => tensor.tanh();
}

public sealed class GELU : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    internal GELU() : base(nameof(GELU))
    {
    }

    public override torch.Tensor forward(torch.Tensor tensor) => tensor.gelu();
}

public sealed class LeakyReLU : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly double _negativeSlope;
    private readonly bool _inplace;

    internal LeakyReLU(double negativeSlope, bool inplace) : base(nameof(LeakyReLU))
    {
        _negativeSlope = negativeSlope;
        _inplace = inplace;
    }

    public override torch.Tensor forward(torch.Tensor tensor) => _inplace ? tensor.leaky_relu_(_negativeSlope) : tensor.leaky_relu(_negativeSlope);
}

public sealed class Softplus : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly double _beta;
    private readonly double _threshold;

    internal Softplus(double beta, double threshold) : base(nameof(Softplus))
    {
        _beta = beta;
        _threshold = threshold;
    }

    public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.softplus(tensor, _beta, _threshold);
}

public sealed class Identity : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    internal Identity() : base(nameof(Identity))
    {
    }

    public override torch.Tensor forward(torch.Tensor tensor) => tensor.alias();
}

public sealed class Dropout : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly double _p;
    private readonly bool _inplace;

    internal Dropout(double p, bool inplace) : base(nameof(Dropout))
    {
        _p = p;
        _inplace = inplace;
    }

    public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.dropout(tensor, _p, training, _inplace);
}
