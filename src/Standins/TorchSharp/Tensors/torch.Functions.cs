namespace TorchSharp;

public static partial class torch
{
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor log2(Tensor input) => input.log2();

    public static Tensor log10(Tensor input) => input.log10();

    public static Tensor log1p(Tensor input) => input.log1p();

    public static Tensor expm1(Tensor input) => input.expm1();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    public static Tensor sin(Tensor input) => input.sin();

    public static Tensor cos(Tensor input) => input.cos();

    public static Tensor acos(Tensor input) => input.acos();

    public static Tensor asin(Tensor input) => input.asin();

    public static Tensor atan(Tensor input) => input.atan();

    public static Tensor erf(Tensor input) => input.erf();

    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor neg(Tensor input) => input.neg();

    public static Tensor negative(Tensor input) => input.negative();

    public static Tensor sign(Tensor input) => input.sign();

    public static Tensor square(Tensor input) => input.square();

    public static Tensor floor(Tensor input) => input.floor();

    public static Tensor ceil(Tensor input) => input.ceil();

    public static Tensor trunc(Tensor input) => input.trunc();

    public static Tensor logical_not(Tensor input) => input.logical_not();

    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();

    public static Tensor isinf(Tensor tensor) => tensor.isinf();

    public static Tensor clone(Tensor input) => input.clone();

    public static Tensor ravel(Tensor input) => input.ravel();

    public static Tensor isnan(Tensor input) => input.isnan();

    public static Tensor round(Tensor input, long decimals = 0) => input.round(decimals);

    public static Tensor add(Tensor left, Tensor right) => left.add(right);

    public static Tensor add(Tensor left, Scalar right) => left.add(right);

    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);

    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);

    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);

    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);

    public static Tensor subtract(Tensor left, Tensor right) => left.subtract(right);

    public static Tensor subtract(Tensor left, Scalar right) => left.subtract(right);

    public static Tensor multiply(Tensor left, Tensor right) => left.multiply(right);

    public static Tensor multiply(Tensor left, Scalar right) => left.multiply(right);

    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);

    public static Tensor div(Tensor left, Tensor right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    public static Tensor div(Tensor left, Scalar right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);

    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    public static Tensor remainder(Tensor left, Tensor right) => left.remainder(right);

    public static Tensor remainder(Tensor left, Scalar right) => left.remainder(right);

    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    public static Tensor clamp_min(Tensor input, Scalar min) => input.clamp_min(min);

    public static Tensor clamp_max(Tensor input, Scalar max) => input.clamp_max(max);

    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul(tensor1, tensor2, value);

    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv(tensor1, tensor2, value);

    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);

    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);

    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);

    public static Tensor le(Tensor left, Tensor right) => left.le(right);

    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);

    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);

    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);

    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);

    public static Tensor logical_xor(Tensor left, Tensor right) => left.logical_xor(right);

    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);

    public static Tensor isclose(Tensor tensor, Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
        tensor.isclose(other, rtol, atol, nanEqual);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Tensor.Where(condition, x, y);

    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);

    public static Tensor sum(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    public static Tensor mean(Tensor input) => input.mean();

    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);

    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);

    public static Tensor var(Tensor input, long dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.var(dimensions, unbiased, keepdim, type);

    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);

    public static Tensor std(Tensor input, long dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
        input.std(dimensions, unbiased, keepdim, type);

    public static Tensor norm(Tensor input, float p = 2) => input.norm(p);

    public static Tensor norm(Tensor input, int dimension, bool keepdim = false, float p = 2) => input.norm(dimension, keepdim, p);

    public static Tensor max(Tensor input) => input.max();

    public static Tensor min(Tensor input) => input.min();

    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);

    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);

    public static Tensor argmax(Tensor input) => input.argmax();

    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);

    public static Tensor argmin(Tensor input) => input.argmin();

    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);

    public static Tensor all(Tensor input) => input.all();

    public static Tensor any(Tensor input) => input.any();

    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor cumsum(Tensor input, long dim, ScalarType? type = null) => input.cumsum(dim, type);

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);

    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);

    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);

    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) => input.index_add(dim, index, source, alpha);

    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);

    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);

    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);

    public static Tensor nonzero(Tensor input) => input.nonzero();

    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);

    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);

    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);

    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);

    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);

    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);

    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);

    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 1) => input.diagonal(offset, dim1, dim2);

    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);

    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);

    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Joining.Cat(tensors, dim);

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => Joining.Cat(tensors, dim);

    public static Tensor concatenate(IList<Tensor> tensors, long axis = 0) => Joining.Cat(tensors, axis);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Joining.Stack([.. tensors], dim);

    public static Tensor vstack(IList<Tensor> tensors) => Joining.Along(tensors, 2, 0);

    public static Tensor hstack(IList<Tensor> tensors) => tensors.All(t => t.Rank <= 1) ? Joining.Along(tensors, 1, 0) : Joining.Cat(tensors, 1);

    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);

    public static (Tensor Values, Tensor Indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        input.sort(dim, descending, stable);

    public static Tensor argsort(Tensor input, long dim = -1, bool descending = false) => input.argsort(dim, descending);

    public static (Tensor values, Tensor indexes) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);

    public static Tensor median(Tensor input) => input.median();

    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);

    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);

    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);

    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);

    public static Tensor trace(Tensor input) => input.trace();

    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);

    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) => input.bincount(weights, minlength);

    public static Tensor histc(Tensor input, long bins = 100, long min = 0, long max = 0) => input.histc(bins, min, max);

    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);
}
