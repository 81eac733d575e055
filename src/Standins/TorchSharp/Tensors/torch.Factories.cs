namespace TorchSharp;

public static partial class torch
{
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New(size.ToArray(), 0, dtype, device, requires_grad, names);

    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([size], 0, dtype, device, requires_grad, names);

    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([rows, columns], 0, dtype, device, requires_grad, names);

    // For the literal 0, which would otherwise be an element type as well as a size.
    public static Tensor zeros(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([rows, columns], 0, dtype, device, requires_grad, names);

    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([dim0, dim1, dim2], 0, dtype, device, requires_grad, names);

    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([dim0, dim1, dim2, dim3], 0, dtype, device, requires_grad, names);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New(size.ToArray(), 1, dtype, device, requires_grad, names);

    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([size], 1, dtype, device, requires_grad, names);

    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([rows, columns], 1, dtype, device, requires_grad, names);

    public static Tensor ones(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([rows, columns], 1, dtype, device, requires_grad, names);

    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([dim0, dim1, dim2], 1, dtype, device, requires_grad, names);

    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New([dim0, dim1, dim2, dim3], 1, dtype, device, requires_grad, names);

    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty(size.ToArray(), dtype, device, requires_grad, names);

    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty([size], dtype, device, requires_grad, names);

    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty([rows, columns], dtype, device, requires_grad, names);

    public static Tensor empty(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty([rows, columns], dtype, device, requires_grad, names);

    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty([dim0, dim1, dim2], dtype, device, requires_grad, names);

    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        NewEmpty([dim0, dim1, dim2, dim3], dtype, device, requires_grad, names);

    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform(size.ToArray(), dtype, device, requires_grad, generator, names);

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform([size], dtype, device, requires_grad, generator, names);

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform([rows, columns], dtype, device, requires_grad, generator, names);

    public static Tensor rand(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform([rows, columns], dtype, device, requires_grad, generator, names);

    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform([dim0, dim1, dim2], dtype, device, requires_grad, generator, names);

    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewUniform([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator, names);

    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal(size.ToArray(), dtype, device, requires_grad, generator, names);

    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal([size], dtype, device, requires_grad, generator, names);

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal([rows, columns], dtype, device, requires_grad, generator, names);

    public static Tensor randn(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal([rows, columns], dtype, device, requires_grad, generator, names);

    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal([dim0, dim1, dim2], dtype, device, requires_grad, generator, names);

    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewNormal([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator, names);

    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New(size, value, dtype ?? TypeOf(value), device, requires_grad, names);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewIntegers(low, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        NewIntegers(0, high, [.. size.Select(s => (long)s)], dtype, device, requires_grad, generator, names);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        Device.RequireCpu(device);
        var result = Tensor.Make(ScalarType.Int64, [n]);
        RandomFill.Permutation(result.Span<long>(), generator);
        return Finish(result, dtype ?? ScalarType.Int64, requires_grad);
    }

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var result = New([rows, columns < 0 ? rows : columns], 0, dtype, device, requires_grad: false, names);
        using var diagonal = Views.Diagonal(result);
        Factory.Fill(diagonal, 1);
        return result.requires_grad_(requires_grad);
    }

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        Device.RequireCpu(device);
        var floating = start.IsFloating || stop.IsFloating || step.IsFloating;
        if (step.AsDouble() == 0)
            throw Errors.Torch("step must be nonzero");
        var count = Math.Ceiling((stop.AsDouble() - start.AsDouble()) / step.AsDouble());
        if (!(count >= 0))
            throw Errors.Torch("upper bound and larger bound inconsistent with step sign");
        var result = Tensor.Make(floating ? ScalarType.Float64 : ScalarType.Int64, [(long)count]);
        for (var i = 0; i < result.Count; i++)
        {
            if (floating)
                result.Span<double>()[i] = start.AsDouble() + (i * step.AsDouble());
            else
                result.Span<long>()[i] = start.AsInt64() + (i * step.AsInt64());
        }
        return Finish(result, dtype ?? (floating ? get_default_dtype() : ScalarType.Int64), requires_grad);
    }

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New(input.Valid().Sizes, 0, dtype ?? input.dtype, device, requires_grad, names);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        New(input.Valid().Sizes, 1, dtype ?? input.dtype, device, requires_grad, names);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        NewNormal(input.Valid().Sizes, dtype ?? input.dtype, device, requires_grad, null);

    internal static Tensor New(long[] sizes, Scalar value, ScalarType? dtype, Device? device, bool requires_grad, string[]? names = null)
    {
        var result = NewEmpty(sizes, dtype, device, requires_grad: false, names);
        Factory.Fill(result, value);
        return result.requires_grad_(requires_grad);
    }

    internal static Tensor NewEmpty(long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, string[]? names = null)
    {
        Device.RequireCpu(device);
        Factory.RefuseNames(names);
        DType.RequireSupported(dtype ?? get_default_dtype());
        foreach (var size in sizes)
        {
            if (size < 0)
                throw Errors.Torch($"Trying to create tensor with negative dimension {size}: {Errors.Shape(sizes)}");
        }
        return Tensor.Make(dtype ?? get_default_dtype(), sizes).requires_grad_(requires_grad);
    }

    private static Tensor NewUniform(long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator, string[]? names = null)
    {
        var result = NewEmpty(sizes, dtype, device, requires_grad: false, names);
        RandomFill.Uniform(result, 0, 1, generator);
        return result.requires_grad_(requires_grad);
    }

    private static Tensor NewNormal(long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator, string[]? names = null)
    {
        var result = NewEmpty(sizes, dtype, device, requires_grad: false, names);
        RandomFill.Normal(result, 0, 1, generator);
        return result.requires_grad_(requires_grad);
    }

    private static Tensor NewIntegers(long low, long high, long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator, string[]? names = null)
    {
        var result = NewEmpty(sizes, dtype ?? ScalarType.Int64, device, requires_grad: false, names);
        RandomFill.Integers(result, low, high, generator);
        return result.requires_grad_(requires_grad);
    }

    private static Tensor Finish(Tensor made, ScalarType type, bool requires_grad)
    {
        if (made.dtype == type)
            return made.requires_grad_(requires_grad);
        using (made)
            return made.To(type).requires_grad_(requires_grad);
    }

    private static ScalarType TypeOf(Scalar value) => value.IsFloating ? get_default_dtype() : value.Type;
}
