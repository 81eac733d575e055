using System.Globalization;

namespace MLNetModelSpace.Storage;

/// <summary>
/// What a PyTorch checkpoint may call, and what comes of it here: a closed list. Containers, tensors and parameters are rebuilt, some values that checkpoints
/// carry along (numbers of NumPy's, devices) are kept as something without use, and everything else is refused by its name.
/// </summary>
internal static class PickleFunctions
{
    /// <summary>What a refusal says about the way round.</summary>
    public const string HowToSave = "load it in Python, where you trust it, and save torch.save(model.state_dict(), 'model.pth')";

    private const int MaxRank = 64;

    private static readonly Dictionary<string, string> s_storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = "F32",
        ["DoubleStorage"] = "F64",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
        ["ComplexFloatStorage"] = "C64",
        ["ComplexDoubleStorage"] = "C128",
        ["QInt8Storage"] = "QI8",
        ["QUInt8Storage"] = "QU8",
        ["QInt32Storage"] = "QI32",
    };

    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["float32"] = "F32",
        ["float"] = "F32",
        ["float64"] = "F64",
        ["double"] = "F64",
        ["float16"] = "F16",
        ["half"] = "F16",
        ["bfloat16"] = "BF16",
        ["int64"] = "I64",
        ["long"] = "I64",
        ["int32"] = "I32",
        ["int16"] = "I16",
        ["int8"] = "I8",
        ["uint8"] = "U8",
        ["uint16"] = "U16",
        ["uint32"] = "U32",
        ["uint64"] = "U64",
        ["bool"] = "BOOL",
        ["float8_e4m3fn"] = "F8_E4M3",
        ["float8_e5m2"] = "F8_E5M2",
        ["float8_e4m3fnuz"] = "F8_E4M3FNUZ",
        ["float8_e5m2fnuz"] = "F8_E5M2FNUZ",
        ["complex64"] = "C64",
        ["complex128"] = "C128",
    };

    /// <summary>Values that are carried along in checkpoints and have no bearing on weights.</summary>
    private static readonly HashSet<string> s_inert = new(StringComparer.Ordinal)
    {
        "torch.device", "torch.Size", "torch._C.Generator", "builtins.complex", "__builtin__.complex", "builtins.slice", "builtins.range", "__builtin__.xrange", "builtins.bytearray",
        "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
        "_codecs.encode", "datetime.datetime", "datetime.timedelta", "datetime.date", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath", "decimal.Decimal",
        "torch.nn.backends.thnn._get_thnn_function_backend", "torch.torch_version.TorchVersion", "torch.serialization._get_layout",
    };

    /// <summary>Tensors that are no strided numbers: known by name where they are asked for.</summary>
    private static readonly Dictionary<string, string> s_otherTensors = new(StringComparer.Ordinal)
    {
        ["_rebuild_qtensor"] = "a quantised tensor",
        ["_rebuild_sparse_tensor"] = "a sparse tensor",
        ["_rebuild_sparse_csr_tensor"] = "a sparse tensor",
        ["_rebuild_nested_tensor"] = "a nested tensor",
        ["_rebuild_meta_tensor_no_storage"] = "a tensor without values (on the device meta)",
        ["_rebuild_device_tensor_from_numpy"] = "a tensor of another device, kept as an array of NumPy's",
        ["_rebuild_wrapper_subclass"] = "a tensor of a class of its own",
    };

    /// <summary>What comes of a call.</summary>
    /// <exception cref="InvalidDataException">The function is not of the list, or its arguments make no sense.</exception>
    public static object? Call(PickleGlobal function, List<object?> arguments, Func<string, InvalidDataException> wrong)
    {
        switch (function.Module, function.Name)
        {
            case ("collections", "OrderedDict") or ("builtins", "dict"):
                return arguments.Count == 0 ? new PickleDictionary() : FromPairs(arguments, wrong);
            case ("collections", "defaultdict" or "Counter"):
                return new PickleDictionary();
            case ("builtins" or "__builtin__", "list" or "set" or "frozenset" or "tuple"):
                return arguments is [PickleSequence items] ? new PickleSequence([.. items.Items]) : new PickleSequence([]);
            case ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2"):
                return Tensor(arguments, null, wrong);
            case ("torch._utils", "_rebuild_tensor_v3"):
                return Tensor(arguments, arguments.Count > 6 && arguments[6] is PickleGlobal { Module: "torch" } type ? type : throw wrong("a tensor has no element type"), wrong);
            case ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state"):
                return arguments is [TorchTensor data, ..] ? data with { IsParameter = true } : arguments is [PickleOther, ..] ? arguments[0] : throw wrong("a parameter is made of something that is no tensor");
            case ("torch._tensor", "_rebuild_from_type_v2") when arguments is [PickleGlobal { Module: "torch._utils" } rebuild, PickleGlobal, PickleSequence inner, ..]:
                return Call(rebuild, inner.Items, wrong);
            case ("torch._utils", _) when s_otherTensors.TryGetValue(function.Name, out string? what):
                return new PickleOther(what);
            case ("copyreg" or "copy_reg", "_reconstructor"):
                return arguments is [PickleGlobal type2, PickleGlobal { Name: "object" }, null] ? Create(type2, wrong) : throw Refused(function, wrong);
            default:
                return s_inert.Contains(function.ToString()) ? Inert(function, arguments) : throw Refused(function, wrong);
        }
    }

    /// <summary>An object of a class, without running anything of it.</summary>
    public static object Create(PickleGlobal type, Func<string, InvalidDataException> wrong) => (type.Module, type.Name) switch
    {
        ("collections", "OrderedDict" or "defaultdict" or "Counter") or ("builtins", "dict") => new PickleDictionary(),
        ("builtins" or "__builtin__", "list" or "set" or "frozenset" or "tuple") => new PickleSequence([]),
        // Classes of the interpreter's own are no containers of weights.
        ("builtins" or "__builtin__" or "os" or "posix" or "nt" or "sys" or "subprocess" or "importlib" or "runpy" or "shutil" or "socket" or "code" or "pty" or "ctypes" or "webbrowser", _) =>
            throw Refused(type, wrong),
        _ => new PickleInstance(type),
    };

    /// <summary>What a persistent identifier stands for: a storage, or a module's class.</summary>
    public static object Persistent(object? id, Func<string, InvalidDataException> wrong)
    {
        if (id is not PickleSequence { Items: [string kind, PickleGlobal type, ..] } tuple)
            throw wrong("a persistent identifier is no storage and no module");
        if (kind == "module")
            return type;
        if (kind != "storage" || tuple.Items.Count < 5)
            throw wrong($"a persistent identifier is '{kind}'; expected a storage or a module");
        string key = tuple.Items[2] switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => throw wrong("a storage has no name"),
        };
        if (tuple.Items[4] is not long length || length < 0)
            throw wrong($"storage '{key}' has no length");
        string? dataType = null;
        if (!(type is { Module: "torch.storage" or "torch", Name: "UntypedStorage" }) && !s_storages.TryGetValue(type.Name, out dataType))
            throw wrong($"storage '{key}' is of the unknown kind '{type}'");
        if (type.Module is not ("torch" or "torch.storage" or "torch.cuda" or "torch.xpu"))
            throw wrong($"storage '{key}' is of the unknown kind '{type}'");
        // The old format's views: the name, offset and length of a window of the storage.
        if (tuple.Items.Count > 5 && tuple.Items[5] is PickleSequence { Items: [_, long offset, long count] })
        {
            if (offset < 0 || count < 0 || offset > length - count)
                throw wrong($"a view of storage '{key}' has {count} elements from {offset}; the storage has {length}");
            return new TorchStorage(key, dataType, count, offset, length);
        }

        return new TorchStorage(key, dataType, length, 0, length);
    }

    private static object Inert(PickleGlobal function, List<object?> arguments) =>
        function.ToString() == "torch.Size" && arguments is [PickleSequence size] ? size : new PickleOther(function.ToString());

    private static InvalidDataException Refused(PickleGlobal function, Func<string, InvalidDataException> wrong) =>
        wrong($"it would call '{function}', which is no part of a checkpoint that can be read; nothing of it was run. Where the file is yours, {HowToSave}");

    private static PickleDictionary FromPairs(List<object?> arguments, Func<string, InvalidDataException> wrong)
    {
        if (arguments is not [PickleSequence pairs])
            throw wrong("a dictionary is made of something that is no list of pairs");
        var dictionary = new PickleDictionary();
        foreach (object? pair in pairs.Items)
        {
            if (pair is not PickleSequence { Items: [{ } key, var value] })
                throw wrong("a dictionary is made of something that is no list of pairs");
            dictionary.Set(key, value);
        }

        return dictionary;
    }

    private static TorchTensor Tensor(List<object?> arguments, PickleGlobal? type, Func<string, InvalidDataException> wrong)
    {
        if (arguments is not [TorchStorage storage, long offset, PickleSequence size, PickleSequence stride, ..])
            throw wrong("a tensor is not made of a storage, an offset, a shape and strides");
        string dataType = type is null
            ? storage.DataType ?? throw wrong($"a tensor of storage '{storage.Key}' has no element type")
            : s_types.TryGetValue(type.Name, out string? known) ? known : throw wrong($"a tensor has the unknown element type '{type}'");
        long[] shape = Numbers(size, "shape", wrong), strides = Numbers(stride, "strides", wrong);
        if (shape.Length != strides.Length || shape.Length > MaxRank)
            throw wrong($"a tensor has {shape.Length} dimensions and {strides.Length} strides; expected as many, at most {MaxRank}");
        Int128 count = 1, last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] < 0)
                throw wrong($"a tensor has the shape [{string.Join(", ", shape)}]");
            count *= shape[i];
            last += (Int128)Math.Max(0, shape[i] - 1) * strides[i];
            if (count > int.MaxValue)
                throw wrong($"a tensor of [{string.Join(", ", shape)}] has more than {int.MaxValue} elements");
        }

        if (strides.Any(step => step < 0))
            throw wrong($"a tensor has the strides [{string.Join(", ", strides)}]; expected none below 0");
        // Of an untyped storage the length is in bytes: the reader of the tensor compares again, with the width of its elements.
        if (offset < 0 || (count > 0 && last >= storage.Length))
            throw wrong($"a tensor of [{string.Join(", ", shape)}] with offset {offset} and strides [{string.Join(", ", strides)}] reaches element {last} of storage '{storage.Key}', which has {storage.Length}");
        return new TorchTensor(storage, dataType, offset, shape, strides);
    }

    private static long[] Numbers(PickleSequence sequence, string what, Func<string, InvalidDataException> wrong) =>
        [.. sequence.Items.Select(item => item is long number ? number : throw wrong($"the {what} of a tensor hold something that is no whole number"))];
}
