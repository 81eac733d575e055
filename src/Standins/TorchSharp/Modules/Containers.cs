using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Modules one after another.</summary>
public class Sequential : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly List<torch.nn.Module<torch.Tensor, torch.Tensor>> _modules = [];

    protected internal Sequential(params torch.nn.Module<torch.Tensor, torch.Tensor>[] modules) : base(nameof(Sequential))
    {
        foreach (var module in modules)
            append(module);
    }

    protected internal Sequential(params (string name, torch.nn.Module<torch.Tensor, torch.Tensor> submodule)[] modules) : base(nameof(Sequential))
    {
        foreach (var (key, module) in modules)
            append(key, module);
    }

    public int Count => _modules.Count;

    [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
    public torch.nn.IModule<torch.Tensor, torch.Tensor> this[int index] => _modules[index];

    public Sequential append(string name, torch.nn.IModule<torch.Tensor, torch.Tensor> module)
    {
        var child = module as torch.nn.Module<torch.Tensor, torch.Tensor>
            ?? throw Errors.NotSupported("Sequential.append", $"{module.GetType()} is not a module of one tensor.");
        register_module(name, child);
        _modules.Add(child);
        return this;
    }

    public Sequential append(torch.nn.IModule<torch.Tensor, torch.Tensor> module) =>
        append(_modules.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

    public override torch.Tensor forward(torch.Tensor tensor)
    {
        if (_modules.Count == 0)
            return tensor.alias();
        var x = tensor;
        foreach (var module in _modules)
        {
            var result = module.call(x);
            // What lies between belongs to nobody else; a module in place hands its argument through.
            if (!ReferenceEquals(x, tensor) && !ReferenceEquals(x, result))
                x.Dispose();
            x = result;
        }
        return x;
    }
}

/// <summary>Modules in a list. They are registered under their places once the list itself is.</summary>
public class ModuleList<T> : torch.nn.Module, IList<T> where T : torch.nn.Module
{
    private readonly List<T> _list;

    public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => _list = [.. modules];

    public int Count => _list.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => _list[index];
        set => _list[index] = value;
    }

    public void Add(T item) => _list.Add(item);

    public void Clear() => _list.Clear();

    public bool Contains(T item) => _list.Contains(item);

    public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

    public int IndexOf(T item) => _list.IndexOf(item);

    public void Insert(int index, T item) => _list.Insert(index, item);

    public bool Remove(T item) => _list.Remove(item);

    public void RemoveAt(int index) => _list.RemoveAt(index);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override void OnRegistering() => RegisterComponents();

    protected override void RegisterComponents()
    {
        for (var i = 0; i < _list.Count; i++)
            register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), _list[i]);
    }
}
