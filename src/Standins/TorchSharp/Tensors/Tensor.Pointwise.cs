namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor relu() => Unary.Apply(this, default(ReluOp));

        public Tensor relu_() => Unary.ApplyInPlace(this, default(ReluOp));

        public Tensor sigmoid() => Unary.Apply(this, default(SigmoidOp));

        public Tensor sigmoid_() => Unary.ApplyInPlace(this, default(SigmoidOp));

        public Tensor tanh() => Unary.Apply(this, default(TanhOp));

        public Tensor exp() => Unary.Apply(this, default(ExpOp));

        public Tensor log() => Unary.Apply(this, default(LogOp));

        public Tensor log1p() => Unary.Apply(this, default(Log1pOp));

        public Tensor sqrt() => Unary.Apply(this, default(SqrtOp));

        public Tensor rsqrt() => Unary.Apply(this, default(RsqrtOp));

        public Tensor abs() => IsFloating ? Unary.Apply(this, default(AbsOp)) : Integers(static x => Math.Abs(x));

        public Tensor neg() => IsFloating ? Unary.Apply(this, default(NegOp)) : Integers(static x => -x);

        public Tensor square() => IsFloating ? Unary.Apply(this, default(SquareOp)) : mul(this);

        public Tensor gelu() => Unary.Apply(this, default(GeluOp));

        public Tensor leaky_relu(Scalar negative_slope) => Unary.Apply(this, new LeakyReluOp(negative_slope.AsDouble()));

        public Tensor leaky_relu_(Scalar negative_slope) => Unary.ApplyInPlace(this, new LeakyReluOp(negative_slope.AsDouble()));

        public Tensor log_sigmoid() => Unary.Apply(this, default(LogSigmoidOp));

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Clamped(min, max, inPlace: false);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Clamped(min, max, inPlace: true);

        public Tensor clamp_min(Scalar min) => Clamped(min, null, inPlace: false);

        private Tensor Clamped(Scalar? min, Scalar? max, bool inPlace)
        {
            if (min is null && max is null)
                throw Errors.Torch("torch.clamp: At least one of 'min' or 'max' must not be None");
            if (!Valid().IsFloating)
            {
                var (low, high) = (min?.AsInt64() ?? long.MinValue, max?.AsInt64() ?? long.MaxValue);
                if (min?.IsFloating == true || max?.IsFloating == true || inPlace)
                    throw Errors.NotSupported("Tensor.clamp", "of an integer tensor, in place or to floating-point bounds, is not supported.");
                return Integers(x => Math.Min(Math.Max(x, low), high));
            }
            var op = new ClampOp(min?.AsDouble() ?? double.NegativeInfinity, max?.AsDouble() ?? double.PositiveInfinity);
            return inPlace ? Unary.ApplyInPlace(this, op) : Unary.Apply(this, op);
        }

        private Tensor Integers(Func<long, long> function)
        {
            if (Valid()._dtype == ScalarType.Bool)
                throw Errors.NotSupported("Tensor", "this operation is not supported on Bool tensors.");
            var result = Factory.Clone(this);
            var values = result.Span<long>();
            for (var i = 0; i < values.Length; i++)
                values[i] = function(values[i]);
            return result;
        }
    }
}
