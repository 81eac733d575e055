namespace TorchSharp;

/// <summary>An operation whose gradient is a formula over saved tensors: for those too rare for a node of their own.</summary>
internal sealed class FormulaNode(string name, SavedTensor[] saved, Action<torch.Tensor, torch.Tensor[], GradientSink> formula) : Node
{
    internal override string Name => name;

    internal override void Backward(torch.Tensor grad, GradientSink sink)
    {
        var tensors = new torch.Tensor[saved.Length];
        for (var i = 0; i < saved.Length; i++)
            tensors[i] = saved[i].Unpack(this);
        formula(grad, tensors, sink);
    }

    protected override void FreeSaved()
    {
        for (var i = 0; i < saved.Length; i++)
            saved[i].Free();
    }
}
