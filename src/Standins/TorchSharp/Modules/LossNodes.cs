using System.Numerics;
using TorchSharp.Kernels;

namespace TorchSharp;

/// <summary>The mean squared error in one pass each way, which training spends its steps on.</summary>
internal static class SquaredError
{
    internal static torch.Tensor Apply(torch.Tensor input, torch.Tensor target, bool mean)
    {
        var (a, b) = (input.Packed(), target.Packed());
        var result = torch.Tensor.Make(a.dtype, Shapes.Scalar);
        if (a.dtype == torch.ScalarType.Float32)
            Forward<float>(a, b, result, mean);
        else
            Forward<double>(a, b, result, mean);
        if (Engine.Records(input, target))
        {
            var node = new MseLossNode(new SavedTensor(a), new SavedTensor(b), mean);
            node.Link(input, target);
            result.SetHistory(node);
        }
        Binary.DisposeCast(a, input);
        Binary.DisposeCast(b, target);
        return result;
    }

    private static void Forward<T>(torch.Tensor a, torch.Tensor b, torch.Tensor result, bool mean) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        result.Span<T>()[0] = T.CreateTruncating(Elementwise.SumOfSquaredDifferences<T>(a.Span<T>(), b.Span<T>()) / (mean ? a.Count : 1));
}

internal sealed class MseLossNode(SavedTensor a, SavedTensor b, bool mean) : Node
{
    private SavedTensor _a = a;
    private SavedTensor _b = b;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var (x, y) = (_a.Unpack(this), _b.Unpack(this));
        if (sink.Needs(0))
            sink.Set(0, Difference(grad, x, y));
        if (sink.Needs(1))
            sink.Set(1, Difference(grad, y, x));
    }

    protected override void FreeSaved()
    {
        _a.Free();
        _b.Free();
    }

    private torch.Tensor Difference(torch.Tensor grad, torch.Tensor x, torch.Tensor y)
    {
        var result = torch.Tensor.MakeLike(x);
        if (x.dtype == torch.ScalarType.Float32)
            Run<float>(grad, x, y, result);
        else
            Run<double>(grad, x, y, result);
        return result;
    }

    private void Run<T>(torch.Tensor grad, torch.Tensor x, torch.Tensor y, torch.Tensor result) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var scale = T.CreateTruncating(2) * grad.Raw<T>()[0] / T.CreateTruncating(mean ? x.Count : 1);
        Elementwise.ScaledDifference<T>(scale, x.Span<T>(), y.Span<T>(), result.Span<T>());
    }
}
