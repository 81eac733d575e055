namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The functions that modules are made of.</summary>
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => LinearProduct.Apply(input, weights, bias);

            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Convolutions.Forward(input, weight, bias, Pair(strides, 1), Pair(padding, 0), Pair(dilation, 1), groups);

            public static Tensor conv_transpose2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null,
                long[]? dilation = null, long groups = 1) =>
                Convolutions.Transposed(input, weight, bias, Pair(strides, 1), Pair(padding, 0), Pair(output_padding, 0), Pair(dilation, 1), groups);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? input.leaky_relu_(negative_slope) : input.leaky_relu(negative_slope);

            public static Tensor gelu(Tensor x) => x.gelu();

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Unary.Apply(x, new SoftplusOp(beta, threshold));

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (p is < 0 or > 1 || double.IsNaN(p))
                    throw Errors.Torch($"dropout probability has to be between 0 and 1, but got {p}");
                if (!training || p == 0 || input.Valid().Count == 0)
                    return inplace ? input : input.alias();
                using var work = new Work();
                var mask = Tensor.MakeLike(input);
                if (p == 1)
                    Factory.Fill(mask, 0);
                else
                    RandomFill.Bernoulli(mask, 1 - p, null);
                if (p < 1)
                    mask.div_(1 - p);
                return inplace ? input.mul_(mask) : work.Return(input.mul(mask));
            }

            public static Tensor batch_norm(
                Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false,
                double momentum = 0.1, double eps = 1e-05) =>
                BatchNormalization.Apply(input, running_mean, running_var, weight, bias, training || running_mean is null, momentum, eps);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                LayerNormalization.Apply(input, normalized_shape, weight, bias, eps);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-08)
            {
                using var work = new Work();
                var product = x1.mul(x2).sum(dim);
                // The norms are kept from below by eps, each for itself.
                var lengths = x1.square().sum(dim).sqrt().clamp_min(eps).mul(x2.square().sum(dim).sqrt().clamp_min(eps));
                return work.Return(product.div(lengths));
            }

            private static (long, long) Pair(long[]? values, long otherwise) => values switch
            {
                null => (otherwise, otherwise),
                [var both] => (both, both),
                [var height, var width] => (height, width),
                _ => throw new ArgumentException($"Expected one or two values, got {values.Length}."),
            };
        }
    }
}
