namespace TorchSharp;

/// <summary>
/// Covers an operation composed of others: what it makes on the way belongs to the engine and is let go at the end; what it
/// returns becomes the caller's.
/// </summary>
internal ref struct Work
{
    private readonly ThreadState _state;
    private readonly List<torch.Tensor>? _outer;
    private readonly List<torch.Tensor> _own;
    private torch.Tensor? _first;
    private torch.Tensor? _second;
    private torch.Tensor? _third;

    public Work()
    {
        _state = ThreadState.Current;
        _outer = _state.Arena;
        var spare = _state.SpareScopeLists;
        if (spare.Count > 0)
        {
            _own = spare[^1];
            spare.RemoveAt(spare.Count - 1);
        }
        else
        {
            _own = [];
        }
        _state.Arena = _own;
    }

    internal torch.Tensor Return(torch.Tensor result)
    {
        if (_first is null)
            _first = result;
        else if (_second is null)
            _second = result;
        else
            _third = result;
        return result;
    }

    public readonly void Dispose()
    {
        _state.Arena = _outer;
        foreach (var tensor in _own)
        {
            if (!ReferenceEquals(tensor, _first) && !ReferenceEquals(tensor, _second) && !ReferenceEquals(tensor, _third))
                tensor.Dispose();
            else if (_outer is not null)
                _outer.Add(tensor);
            else
                tensor.Publish();
        }
        _own.Clear();
        _state.SpareScopeLists.Add(_own);
    }
}
