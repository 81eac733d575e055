namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Binary.Apply<AddOp>(this, target);

        public Tensor add(Scalar scalar) => Binary.Apply<AddOp>(this, scalar);

        public Tensor add_(Tensor target) => Binary.ApplyInPlace<AddOp>(this, target);

        public Tensor add_(Scalar scalar) => Binary.ApplyInPlace<AddOp>(this, scalar);

        public Tensor sub(Tensor target) => Binary.Apply<SubOp>(this, target);

        public Tensor sub(Scalar target) => Binary.Apply<SubOp>(this, target);

        public Tensor sub_(Scalar target) => Binary.ApplyInPlace<SubOp>(this, target);

        public Tensor mul(Tensor target) => Binary.Apply<MulOp>(this, target);

        public Tensor mul(Scalar target) => Binary.Apply<MulOp>(this, target);

        public Tensor mul_(Tensor target) => Binary.ApplyInPlace<MulOp>(this, target);

        public Tensor mul_(Scalar target) => Binary.ApplyInPlace<MulOp>(this, target);

        public Tensor add_(Tensor target, Scalar alpha)
        {
            using var scaled = target.mul(alpha);
            return add_(scaled);
        }

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Binary.Apply<DivOp>(this, Exactly(target, rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Binary.Apply<DivOp>(this, Exactly(target, rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Binary.ApplyInPlace<DivOp>(this, Exactly(target, rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Binary.ApplyInPlace<DivOp>(this, Exactly(target, rounding_mode));

        public Tensor pow(Tensor exponent) => Binary.Apply<PowOp>(this, exponent);

        public Tensor pow(Scalar exponent) => Binary.Apply<PowOp>(this, exponent);

        public Tensor maximum(Tensor other) => Binary.Apply<MaximumOp>(this, other);

        public Tensor minimum(Tensor other) => Binary.Apply<MinimumOp>(this, other);

        public Tensor eq(Tensor target) => Binary.Compare<EqualOp>(this, target);

        public Tensor eq(Scalar target) => Binary.Compare<EqualOp>(this, target);

        public Tensor ne(Tensor target) => Binary.Compare<NotEqualOp>(this, target);

        public Tensor ne(Scalar target) => Binary.Compare<NotEqualOp>(this, target);

        public Tensor lt(Tensor target) => Binary.Compare<LessOp>(this, target);

        public Tensor lt(Scalar target) => Binary.Compare<LessOp>(this, target);

        public Tensor le(Tensor target) => Binary.Compare<LessEqualOp>(this, target);

        public Tensor le(Scalar target) => Binary.Compare<LessEqualOp>(this, target);

        public Tensor gt(Tensor target) => Binary.Compare<GreaterOp>(this, target);

        public Tensor gt(Scalar target) => Binary.Compare<GreaterOp>(this, target);

        public Tensor ge(Tensor target) => Binary.Compare<GreaterEqualOp>(this, target);

        public Tensor ge(Scalar target) => Binary.Compare<GreaterEqualOp>(this, target);

        public Tensor logical_and(Tensor other) => Logic(other, static (a, b) => a && b);

        public Tensor logical_or(Tensor other) => Logic(other, static (a, b) => a || b);

        public Tensor logical_not() => eq(0);

        public Tensor isnan() => Binary.Compare<NotEqualOp>(this, this);

        public Tensor isinf()
        {
            using var size = abs();
            return size.eq(double.PositiveInfinity);
        }

        public Tensor isfinite()
        {
            using var size = abs();
            return size.lt(double.PositiveInfinity);
        }

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false)
        {
            using var work = new Work();
            var difference = sub(other).abs();
            var close = difference.le(other.abs().mul(rtol).add(atol)).logical_or(eq(other));
            if (nanEqual)
                close = close.logical_or(isnan().logical_and(other.isnan()));
            return work.Return(close);
        }

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            using var close = isclose(target, rtol, atol, equal_nan);
            using var every = close.all();
            return every.item<bool>();
        }

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator +(Scalar left, Tensor right) => Binary.Apply<AddOp>(left, right);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        public static Tensor operator -(Scalar left, Tensor right) => Binary.Apply<SubOp>(left, right);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator *(Scalar left, Tensor right) => Binary.Apply<MulOp>(left, right);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public static Tensor operator /(Scalar left, Tensor right) => Binary.Apply<DivOp>(left, right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator ~(Tensor left) => left._dtype == ScalarType.Bool ? left.logical_not() : throw DType.Unsupported(left._dtype);

        public static Tensor operator &(Tensor left, Tensor right) => RequireBool(left).logical_and(RequireBool(right));

        public static Tensor operator |(Tensor left, Tensor right) => RequireBool(left).logical_or(RequireBool(right));

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);

        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);

        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);

        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);

        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);

        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        // Where a method takes a tensor or a number, this makes the number the better of the two.
        public static implicit operator Tensor(Scalar scalar) => Factory.Full(scalar.IsFloating || scalar.Type == ScalarType.Bool ? scalar.Type : ScalarType.Int64, [], scalar);

        public static implicit operator Tensor(float value) => tensor(value);

        public static implicit operator Tensor(double value) => tensor(value);

        public static implicit operator Tensor(long value) => tensor(value);

        private static Tensor RequireBool(Tensor tensor) =>
            tensor.dtype == ScalarType.Bool ? tensor : throw Errors.NotSupported("Tensor bitwise operators", $"element type {tensor.dtype} is not supported; Bool is.");

        private static T Exactly<T>(T divisor, RoundingMode mode) =>
            mode == RoundingMode.None ? divisor : throw Errors.NotSupported("Tensor.div", $"rounding_mode {mode} is not supported.");

        private Tensor Logic(Tensor other, Func<bool, bool, bool> operation)
        {
            var sizes = Shapes.Broadcast(Valid()._sizes, other.Valid()._sizes);
            var (a, b) = (Binary.Expanded(this, ScalarType.Bool, sizes), Binary.Expanded(other, ScalarType.Bool, sizes));
            var result = Make(ScalarType.Bool, sizes);
            Span<bool> x = a.Span<bool>(), y = b.Span<bool>(), z = result.Span<bool>();
            for (var i = 0; i < z.Length; i++)
                z[i] = operation(x[i], y[i]);
            Binary.DisposeCast(a, this);
            Binary.DisposeCast(b, other);
            return result;
        }

        private bool AllEqual(Tensor other)
        {
            using var same = eq(other);
            using var every = same.all();
            return every.item<bool>();
        }
    }
}
