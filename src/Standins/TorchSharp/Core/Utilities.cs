using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Work on the parameters or gradients of many modules at once.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients so that the norm of all of them together is no more than the given; returns what it was.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                var gradients = tensors.Select(p => p.Gradient).OfType<Tensor>().ToArray();
                using var work = new Work();
                using var quiet = no_grad();
                var norms = gradients.Select(g => Norms.Vector(g, norm_type, [], keepDim: false).ToDouble()).ToArray();
                var total = norms.Length == 0 ? 0
                    : double.IsPositiveInfinity(norm_type) ? norms.Max()
                    : Math.Pow(norms.Sum(n => Math.Pow(n, norm_type)), 1 / norm_type);
                var scale = max_norm / (total + 1e-6);
                if (scale < 1)
                {
                    foreach (var gradient in gradients)
                        gradient.mul_(scale);
                }
                return total;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var quiet = no_grad();
                foreach (var gradient in tensors.Select(p => p.Gradient).OfType<Tensor>())
                    gradient.clamp_(-clip_value, clip_value);
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var work = new Work();
                return work.Return(cat([.. tensors.Select(p => p.reshape(-1))]));
            }

            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                var parameters = tensors.ToArray();
                if (vec.Valid().Rank != 1 || vec.Count != parameters.Sum(p => (long)p.Count))
                    throw Errors.Torch($"vector_to_parameters: a vector of shape {Errors.Shape(vec.Sizes)} for {parameters.Sum(p => (long)p.Count)} parameters");
                using var work = new Work();
                using var quiet = no_grad();
                long start = 0;
                foreach (var parameter in parameters)
                {
                    parameter.copy_(vec.narrow(0, start, parameter.Count).reshape(parameter.Sizes));
                    start += parameter.Count;
                }
            }
        }
    }
}
