namespace TorchSharp.Modules;

public sealed class BatchNorm1d : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly BatchStatistics _state;

    internal BatchNorm1d(long features, double eps, double momentum, bool affine, bool track, torch.Device? device, torch.ScalarType? dtype)
        : base(nameof(BatchNorm1d)) => _state = new(this, features, eps, momentum, affine, track, device, dtype);

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (input.Valid().Rank is not (2 or 3))
            throw new ArgumentException($"expected 2D or 3D input (got {input.Rank}D input)");
        return _state.Apply(input, training);
    }
}

public sealed class BatchNorm2d : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly BatchStatistics _state;

    internal BatchNorm2d(long features, double eps, double momentum, bool affine, bool track, torch.Device? device, torch.ScalarType? dtype)
        : base(nameof(BatchNorm2d)) => _state = new(this, features, eps, momentum, affine, track, device, dtype);

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (input.Valid().Rank != 4)
            throw new ArgumentException($"expected 4D input (got {input.Rank}D input)");
        return _state.Apply(input, training);
    }
}

/// <summary>What batch normalisation learns and what it remembers of the batches it saw.</summary>
internal sealed class BatchStatistics
{
    private readonly double _eps;
    private readonly double _momentum;
    private readonly Parameter? _weight;
    private readonly Parameter? _bias;
    private readonly torch.Tensor? _mean;
    private readonly torch.Tensor? _variance;
    private readonly torch.Tensor? _batches;

    internal BatchStatistics(
        torch.nn.Module owner, long features, double eps, double momentum, bool affine, bool track, torch.Device? device, torch.ScalarType? dtype)
    {
        (_eps, _momentum) = (eps, momentum);
        if (affine)
        {
            _weight = new Parameter(torch.New([features], 1, dtype, device, requires_grad: false));
            _bias = new Parameter(torch.New([features], 0, dtype, device, requires_grad: false));
            owner.register_parameter("weight", _weight);
            owner.register_parameter("bias", _bias);
        }
        if (!track)
            return;
        _mean = torch.New([features], 0, dtype, device, requires_grad: false);
        _variance = torch.New([features], 1, dtype, device, requires_grad: false);
        _batches = torch.New([], 0, torch.ScalarType.Int64, device, requires_grad: false);
        owner.RegisterBuffer("running_mean", _mean);
        owner.RegisterBuffer("running_var", _variance);
        owner.RegisterBuffer("num_batches_tracked", _batches);
    }

    internal torch.Tensor Apply(torch.Tensor input, bool training)
    {
        if (training)
            _batches?.add_(1);
        return torch.nn.functional.batch_norm(input, _mean, _variance, _weight, _bias, training, _momentum, _eps);
    }
}
