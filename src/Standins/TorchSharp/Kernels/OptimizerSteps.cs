using System.Numerics;
using System.Runtime.InteropServices;

namespace TorchSharp.Kernels;

/// <summary>One step of an optimizer over one parameter, everything in one pass. The order of operations is PyTorch's documented algorithm.</summary>
internal static class OptimizerSteps
{
    /// <summary>Stochastic gradient descent (torch.optim.SGD).</summary>
    /// <param name="buffer">The momentum buffer, as long as the parameter; empty when momentum is 0.</param>
    /// <param name="first">Whether the buffer is to be initialised: on the first step it becomes the gradient itself, undamped.</param>
    public static void Sgd<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> buffer, double learningRate, double momentum, double dampening, double weightDecay,
        bool nesterov, bool maximize, bool first)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var arguments = new SgdArguments<T>
        {
            Sign = maximize ? -T.One : T.One,
            LearningRate = T.CreateTruncating(learningRate),
            Momentum = T.CreateTruncating(first ? 0 : momentum),
            NesterovMomentum = T.CreateTruncating(momentum),
            Undamped = T.CreateTruncating(first ? 1 : 1 - dampening),
            WeightDecay = T.CreateTruncating(weightDecay),
        };
        var hasMomentum = momentum != 0;
        var p = MemoryMarshal.Cast<T, Vector<T>>(parameter);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradient)[..p.Length];
        var m = MemoryMarshal.Cast<T, Vector<T>>(buffer)[..(hasMomentum ? p.Length : 0)];
        for (var i = 0; i < p.Length; i++)
        {
            var d = (g[i] * arguments.Sign) + (p[i] * arguments.WeightDecay);
            if (hasMomentum)
            {
                // A fresh buffer may hold anything, so it is not read at all.
                m[i] = first ? d : (m[i] * arguments.Momentum) + (d * arguments.Undamped);
                d = nesterov ? d + (m[i] * arguments.NesterovMomentum) : m[i];
            }

            p[i] -= d * arguments.LearningRate;
        }

        for (var i = p.Length * Vector<T>.Count; i < parameter.Length; i++)
        {
            var d = (gradient[i] * arguments.Sign) + (parameter[i] * arguments.WeightDecay);
            if (hasMomentum)
            {
                buffer[i] = first ? d : (buffer[i] * arguments.Momentum) + (d * arguments.Undamped);
                d = nesterov ? d + (buffer[i] * arguments.NesterovMomentum) : buffer[i];
            }

            parameter[i] -= d * arguments.LearningRate;
        }
    }

    /// <summary>Adam (Kingma and Ba, 2015) with the weight decay added to the gradient (torch.optim.Adam).</summary>
    /// <param name="largest">With AMSGrad, the largest second moment so far, as long as the parameter; else empty.</param>
    /// <param name="step">The number of this step, from 1.</param>
    public static void Adam<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> firstMoment, Span<T> secondMoment, Span<T> largest, long step, double learningRate,
        double beta1, double beta2, double eps, double weightDecay, bool maximize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Adam(parameter, gradient, firstMoment, secondMoment, largest, step, learningRate, beta1, beta2, eps, 1, weightDecay, maximize);

    /// <summary>AdamW (Loshchilov and Hutter, 2019): the weight decay shrinks the parameter itself (torch.optim.AdamW).</summary>
    /// <inheritdoc cref="Adam{T}(Span{T}, ReadOnlySpan{T}, Span{T}, Span{T}, Span{T}, long, double, double, double, double, double, bool)" path="/param"/>
    public static void AdamW<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> firstMoment, Span<T> secondMoment, Span<T> largest, long step, double learningRate,
        double beta1, double beta2, double eps, double weightDecay, bool maximize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Adam(
            parameter, gradient, firstMoment, secondMoment, largest, step, learningRate, beta1, beta2, eps, 1 - (learningRate * weightDecay), 0, maximize);

    private static void Adam<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> firstMoment, Span<T> secondMoment, Span<T> largest, long step, double learningRate,
        double beta1, double beta2, double eps, double shrink, double weightDecay, bool maximize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var length = parameter.Length;
        if (gradient.Length != length || firstMoment.Length != length || secondMoment.Length != length || (!largest.IsEmpty && largest.Length != length))
            throw new ArgumentException($"A parameter of {length} elements with a gradient of {gradient.Length} and moments of other lengths.");
        var arguments = new AdamArguments<T>
        {
            Sign = maximize ? -T.One : T.One,
            Shrink = T.CreateTruncating(shrink),
            WeightDecay = T.CreateTruncating(weightDecay),
            Beta1 = T.CreateTruncating(beta1),
            Rest1 = T.CreateTruncating(1 - beta1),
            Beta2 = T.CreateTruncating(beta2),
            Rest2 = T.CreateTruncating(1 - beta2),
            RootScale = T.CreateTruncating(1 / Math.Sqrt(1 - Math.Pow(beta2, step))),
            Eps = T.CreateTruncating(eps),
            StepSize = T.CreateTruncating(learningRate / (1 - Math.Pow(beta1, step))),
        };

        // Plain Adam (no decay, no AMSGrad) is what zoos train with: its loop carries nothing else.
        if (largest.IsEmpty && shrink == 1 && weightDecay == 0 && !maximize)
            AdamPlain(parameter, gradient, firstMoment, secondMoment, arguments);
        else
            AdamGeneral(parameter, gradient, firstMoment, secondMoment, largest, arguments);
    }

    private static void AdamPlain<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> firstMoment, Span<T> secondMoment, in AdamArguments<T> arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var p = MemoryMarshal.Cast<T, Vector<T>>(parameter);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradient)[..p.Length];
        var m = MemoryMarshal.Cast<T, Vector<T>>(firstMoment)[..p.Length];
        var v = MemoryMarshal.Cast<T, Vector<T>>(secondMoment)[..p.Length];
        var (beta1, rest1) = (new Vector<T>(arguments.Beta1), new Vector<T>(arguments.Rest1));
        var (beta2, rest2) = (new Vector<T>(arguments.Beta2), new Vector<T>(arguments.Rest2));
        var (rootScale, eps, stepSize) = (new Vector<T>(arguments.RootScale), new Vector<T>(arguments.Eps), new Vector<T>(arguments.StepSize));
        for (var i = 0; i < p.Length; i++)
        {
            var d = g[i];
            var first = (m[i] * beta1) + (d * rest1);
            var second = (v[i] * beta2) + (d * d * rest2);
            m[i] = first;
            v[i] = second;
            p[i] -= stepSize * first / ((Vector.SquareRoot(second) * rootScale) + eps);
        }

        var done = p.Length * Vector<T>.Count;
        AdamGeneral(parameter[done..], gradient[done..], firstMoment[done..], secondMoment[done..], [], arguments);
    }

    private static void AdamGeneral<T>(
        Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> firstMoment, Span<T> secondMoment, Span<T> largest, in AdamArguments<T> arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var p = MemoryMarshal.Cast<T, Vector<T>>(parameter);
        var g = MemoryMarshal.Cast<T, Vector<T>>(gradient)[..p.Length];
        var m = MemoryMarshal.Cast<T, Vector<T>>(firstMoment)[..p.Length];
        var v = MemoryMarshal.Cast<T, Vector<T>>(secondMoment)[..p.Length];
        var largestSoFar = MemoryMarshal.Cast<T, Vector<T>>(largest);
        for (var i = 0; i < p.Length; i++)
        {
            var x = p[i] * arguments.Shrink;
            var d = (g[i] * arguments.Sign) + (x * arguments.WeightDecay);
            var first = (m[i] * arguments.Beta1) + (d * arguments.Rest1);
            var second = (v[i] * arguments.Beta2) + (d * d * arguments.Rest2);
            m[i] = first;
            v[i] = second;
            if (!largest.IsEmpty)
                second = largestSoFar[i] = Vector.Max(largestSoFar[i], second);
            p[i] = x - (first * arguments.StepSize / ((Vector.SquareRoot(second) * arguments.RootScale) + new Vector<T>(arguments.Eps)));
        }

        for (var i = p.Length * Vector<T>.Count; i < parameter.Length; i++)
        {
            var x = parameter[i] * arguments.Shrink;
            var d = (gradient[i] * arguments.Sign) + (x * arguments.WeightDecay);
            var first = (firstMoment[i] * arguments.Beta1) + (d * arguments.Rest1);
            var second = (secondMoment[i] * arguments.Beta2) + (d * d * arguments.Rest2);
            firstMoment[i] = first;
            secondMoment[i] = second;
            if (!largest.IsEmpty)
                second = largest[i] = T.Max(largest[i], second);
            parameter[i] = x - (arguments.StepSize * first / ((T.Sqrt(second) * arguments.RootScale) + arguments.Eps));
        }
    }

    private struct SgdArguments<T>
    {
        public T Sign, LearningRate, Momentum, NesterovMomentum, Undamped, WeightDecay;
    }

    private struct AdamArguments<T>
    {
        public T Sign, Shrink, WeightDecay, Beta1, Rest1, Beta2, Rest2, RootScale, Eps, StepSize;
    }
}
