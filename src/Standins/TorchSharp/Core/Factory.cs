namespace TorchSharp;

/// <summary>New tensors from numbers and arrays.</summary>
internal static class Factory
{
    internal static torch.Tensor Full(torch.ScalarType type, long[] sizes, Scalar value)
    {
        var result = torch.Tensor.Make(type, sizes);
        Fill(result, value);
        return result;
    }

    internal static void Fill(torch.Tensor target, Scalar value)
    {
        switch (target.dtype)
        {
            case torch.ScalarType.Float32:
                Fill(target, value.As<float>());
                break;
            case torch.ScalarType.Float64:
                Fill(target, value.As<double>());
                break;
            case torch.ScalarType.Int64:
                Fill(target, value.As<long>());
                break;
            default:
                Fill(target, value.As<bool>());
                break;
        }
    }

    /// <summary>A number as a tensor that belongs to the engine and does not decide the type of a result.</summary>
    internal static torch.Tensor Wrap(Scalar value)
    {
        var type = value.IsFloating ? torch.ScalarType.Float64 : value.Type;
        var result = new torch.Tensor(DataBuffer.Rent(type, 1), Shapes.Scalar, Shapes.Scalar, 0, isTracked: false) { IsWrappedNumber = true };
        Fill(result, value);
        return result;
    }

    internal static torch.Tensor Clone(torch.Tensor source)
    {
        var copy = torch.Tensor.Make(source.dtype, source.Sizes);
        Strided.Copy(source, copy);
        return copy;
    }

    internal static torch.Tensor Cast(torch.Tensor source, torch.ScalarType type)
    {
        var copy = torch.Tensor.Make(type, source.Sizes);
        Strided.Copy(source, copy);
        return copy;
    }

    internal static void RefuseNames(string[]? names)
    {
        if (names is not null)
            throw Errors.NotSupported("torch functions that make tensors", "argument 'names' is not supported.");
    }

    internal static torch.Tensor From<T>(ReadOnlySpan<T> values, long[] sizes, torch.ScalarType? dtype, torch.Device? device, bool requiresGrad, string[]? names = null)
        where T : unmanaged
    {
        torch.Device.RequireCpu(device);
        RefuseNames(names);
        if (Shapes.Count(sizes) != values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {values.Length} values for shape {Errors.Shape(sizes)}");
        var type = dtype ?? DType.Of<T>();
        DType.RequireSupported(type);
        var result = torch.Tensor.Make(type, sizes);
        switch (type)
        {
            case torch.ScalarType.Float32:
                Convert(values, result.Span<float>());
                break;
            case torch.ScalarType.Float64:
                Convert(values, result.Span<double>());
                break;
            case torch.ScalarType.Int64:
                Convert(values, result.Span<long>());
                break;
            default:
                Convert(values, result.Span<bool>());
                break;
        }
        return result.requires_grad_(requiresGrad);
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to) where TFrom : unmanaged where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(TTo))
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<TFrom, TTo>(from).CopyTo(to);
            return;
        }
        for (var i = 0; i < to.Length; i++)
            to[i] = Strided.Convert<TFrom, TTo>(from[i]);
    }

    private static void Fill<T>(torch.Tensor target, T value) where T : unmanaged
    {
        if (target.IsContiguous)
        {
            target.Span<T>().Fill(value);
            return;
        }
        var one = new torch.Tensor(DataBuffer.Rent(target.dtype, 1), Shapes.Scalar, Shapes.Scalar, 0, isTracked: false);
        one.Span<T>()[0] = value;
        Strided.Copy(one, target);
        one.Dispose();
    }
}
