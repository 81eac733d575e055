namespace TorchSharp;

/// <summary>Disposes, at its end, the tensors that its thread made while it was the innermost scope.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly ThreadState _owner;
    private readonly DisposeScope? _outer;
    private List<torch.Tensor> _tensors;
    private bool _isDisposed;

    internal DisposeScope(ThreadState owner)
    {
        _owner = owner;
        _outer = owner.Scope;
        owner.Scope = this;
        var spare = owner.SpareScopeLists;
        if (spare.Count > 0)
        {
            _tensors = spare[^1];
            spare.RemoveAt(spare.Count - 1);
        }
        else
        {
            _tensors = [];
        }
    }

    public IReadOnlyList<IDisposable> DisposablesView => [.. _tensors];

    public int DisposablesCount => _tensors.Count;

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        Move(disposable);
        return disposable;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        Remove(disposable, detach: true);
        return disposable;
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var disposable in DisposablesView)
        {
            if (!keep.Contains(disposable))
                disposable.Dispose();
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        for (var i = _tensors.Count - 1; i >= 0; i--)
            _tensors[i].DisposeFromScope(_owner);
        _tensors.Clear();
        _owner.SpareScopeLists.Add(_tensors);
        _tensors = [];
        // A scope disposed out of order ends those opened inside it as scopes, not their tensors.
        for (var scope = _owner.Scope; scope is not null; scope = scope._outer)
        {
            if (scope == this)
            {
                _owner.Scope = _outer;
                break;
            }
        }
    }

    internal void Include(torch.Tensor tensor)
    {
        tensor.Scope = this;
        tensor.ScopeIndex = _tensors.Count;
        _tensors.Add(tensor);
    }

    internal void Exclude(torch.Tensor tensor)
    {
        var last = _tensors.Count - 1;
        var moved = _tensors[last];
        _tensors[tensor.ScopeIndex] = moved;
        moved.ScopeIndex = tensor.ScopeIndex;
        _tensors.RemoveAt(last);
        tensor.Scope = null;
    }

    internal void NoteDisposed() => _owner.Statistics.DisposedInScopeCount++;

    internal void NoteDetached() => _owner.Statistics.DetachedFromScopeCount++;

    internal void Move(IDisposable disposable)
    {
        if (Remove(disposable, detach: _outer is null) is { } tensor)
            _outer?.Include(tensor);
    }

    // Only tensors are ever in a scope.
    private torch.Tensor? Remove(IDisposable disposable, bool detach)
    {
        if (disposable is not torch.Tensor tensor || tensor.Scope != this)
            return null;
        Exclude(tensor);
        if (detach)
            NoteDetached();
        return tensor;
    }
}

/// <summary>Dispose scopes are kept by thread; so are their statistics.</summary>
public class DisposeScopeManager
{
    public static ThreadDisposeScopeStatistics Statistics => ThreadState.Current.Statistics;
}

/// <summary>How many tensors a thread made, inside and outside dispose scopes, and what became of them.</summary>
public class ThreadDisposeScopeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount { get; internal set; }

    public void Reset()
    {
        CreatedOutsideScopeCount = 0;
        CreatedInScopeCount = 0;
        DisposedInScopeCount = 0;
        DetachedFromScopeCount = 0;
        ThreadTotalLiveCount = 0;
    }
}
