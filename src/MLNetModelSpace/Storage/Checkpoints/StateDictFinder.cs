namespace MLNetModelSpace.Storage;

/// <summary>A state dict in a checkpoint.</summary>
/// <param name="Name">The keys that lead to it, with dots between; empty where it is the whole file.</param>
/// <param name="IsModule">Whether it was put together from a whole pickled module.</param>
/// <param name="Entries">Names and tensors, in the file's order.</param>
internal sealed record FoundStateDict(string Name, bool IsModule, IReadOnlyList<FoundTensor> Entries);

/// <summary>An entry of a state dict.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Value">A <see cref="TorchTensor"/>, or a <see cref="PickleOther"/> that cannot be read.</param>
/// <param name="IsParameter">Whether it is trained; null where that is not said.</param>
/// <param name="ModuleType">The class of its module, where that is known.</param>
internal sealed record FoundTensor(string Name, object Value, bool? IsParameter, string? ModuleType);

/// <summary>
/// Finds the state dicts in what a checkpoint holds: dictionaries from names to tensors, at the top or under any keys, and modules that were pickled whole.
/// What belongs to optimizers is passed over: it is under a key that says so, or has the form of an optimizer's state.
/// </summary>
/// <remarks>A dictionary that holds a state dict and tensors beside it (a loss, a count of steps) is no state dict itself, unless those are called weights or biases.</remarks>
internal sealed class StateDictFinder
{
    /// <summary>How deep containers may lie in one another, counted once more: what refers to itself has another depth here than when it was read.</summary>
    private const int MaxDepth = 2 * PickleReader.MaxHeight;

    private static readonly string[] s_optimizerWords = ["optim", "scheduler", "scaler", "rng_state"];
    private static readonly string[] s_optimizerKeys = ["exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg", "param_groups"];

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<FoundStateDict> _found = [];
    private readonly Func<string, InvalidDataException> _wrong;
    private int _depth;

    private StateDictFinder(Func<string, InvalidDataException> wrong) => _wrong = wrong;

    public static IReadOnlyList<FoundStateDict> Find(object? root, Func<string, InvalidDataException> wrong)
    {
        var finder = new StateDictFinder(wrong);
        finder.Walk(root, "");
        return finder._found;
    }

    private void Walk(object? value, string path)
    {
        if (value is not PickleContainer || !_seen.Add(value))
            return;
        Enter();
        switch (value)
        {
            case PickleInstance instance when ModuleParts(instance) is not null:
                var entries = new List<FoundTensor>();
                AddModule(instance, "", entries, []);
                if (entries.Count > 0)
                    _found.Add(new FoundStateDict(path, true, entries));
                break;
            case PickleInstance instance:
                Walk(instance.State, path);
                break;
            case PickleDictionary dictionary:
                WalkDictionary(dictionary, path);
                break;
            case PickleSequence sequence:
                for (int i = 0; i < sequence.Items.Count; i++)
                    Walk(sequence.Items[i], Under(path, i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                break;
        }

        _depth--;
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
            throw _wrong($"containers lie more than {MaxDepth} deep in one another, the most that are read");
    }

    private void WalkDictionary(PickleDictionary dictionary, string path)
    {
        if (s_optimizerKeys.Any(dictionary.Has))
            return;
        int before = _found.Count;
        var tensors = new List<FoundTensor>();
        foreach ((object key, object? value) in dictionary.Entries)
        {
            if (key is not string name)
            {
                Walk(value, path);
                continue;
            }

            if (value is TorchTensor tensor)
                tensors.Add(new FoundTensor(name, tensor, tensor.IsParameter ? true : null, null));
            else if (value is PickleOther other && other.What.Contains("tensor", StringComparison.Ordinal))
                tensors.Add(new FoundTensor(name, other, null, null));
            else if (!Array.Exists(s_optimizerWords, word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                Walk(value, Under(path, name));
        }

        bool nested = _found.Count > before;
        if (tensors.Count > 0 && (!nested || tensors.Any(tensor => tensor.Name.EndsWith("weight", StringComparison.Ordinal) || tensor.Name.EndsWith("bias", StringComparison.Ordinal))))
            _found.Insert(before, new FoundStateDict(path, false, tensors));
    }

    /// <summary>What <c>module.state_dict()</c> would give: parameters, then buffers that are saved, then the modules inside.</summary>
    private void AddModule(PickleInstance instance, string prefix, List<FoundTensor> entries, HashSet<object> path)
    {
        if (ModuleParts(instance) is not { } parts || !path.Add(instance))
            return;
        Enter();
        _seen.Add(instance);
        HashSet<object> unsaved = parts.Find("_non_persistent_buffers_set") is PickleSequence { Items: var names } ? [.. names.OfType<string>()] : [];
        Add(parts.Find("_parameters"), isParameter: true);
        Add(parts.Find("_buffers"), isParameter: false);
        if (parts.Find("_modules") is PickleDictionary modules)
        {
            foreach ((object key, object? value) in modules.Entries)
            {
                if (key is string name && value is PickleInstance inner)
                    AddModule(inner, $"{prefix}{name}.", entries, path);
            }
        }

        path.Remove(instance);
        _depth--;

        void Add(object? tensors, bool isParameter)
        {
            foreach ((object key, object? value) in (tensors as PickleDictionary)?.Entries ?? [])
            {
                if (key is string name && value is TorchTensor or PickleOther && !(unsaved.Contains(key) && !isParameter))
                    entries.Add(new FoundTensor(prefix + key, value!, isParameter, instance.Type.Name));
            }
        }
    }

    /// <summary>The attributes of a module; null where the object is none.</summary>
    private static PickleDictionary? ModuleParts(PickleInstance instance)
    {
        PickleDictionary? state = instance.State as PickleDictionary ?? (instance.State as PickleSequence)?.Items.OfType<PickleDictionary>().FirstOrDefault();
        return state is not null && state.Has("_parameters") && state.Has("_modules") ? state : null;
    }

    private static string Under(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
