using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetModelSpace.Training;

/// <summary>
/// The operations of a step that write into memory of its own, or that TorchSharp does not wrap: functions of TorchScript, called by name. An error in this text would
/// end the process, so it is constant and each function has a test. One for each thread that trains.
/// </summary>
internal sealed class StackScripts : IDisposable
{
    private const string Text = """
        def linear(x: Tensor, w: Tensor, b: Tensor, y: Tensor):
            torch.baddbmm(b, x, w.transpose(1, 2), out=y)

        def linear_weights(x: Tensor, dy: Tensor, dw: Tensor, db: Tensor):
            torch.bmm(dy.transpose(1, 2), x, out=dw)
            torch.sum(dy, [1], True, out=db)

        def linear_input(w: Tensor, dy: Tensor, dx: Tensor, add: bool):
            if add:
                torch.baddbmm(dx, dy, w, out=dx)
            else:
                torch.bmm(dy, w, out=dx)

        def activate(x: Tensor, kind: int):
            if kind == 1:
                torch.relu_(x)
            elif kind == 2:
                torch.sigmoid_(x)
            elif kind == 3:
                torch.tanh_(x)

        def activate_back(y: Tensor, dy: Tensor, kind: int):
            if kind == 1:
                torch.threshold_backward(dy, y, 0, grad_input=dy)
            elif kind == 2:
                torch.sigmoid_backward(dy, y, grad_input=dy)
            elif kind == 3:
                torch.tanh_backward(dy, y, grad_input=dy)

        def squared_error(y: Tensor, x: Tensor, dy: Tensor, loss: Tensor, slope: float):
            torch.sub(y, x, out=dy)
            torch.mul(dy, dy, out=loss)
            dy.mul_(slope)

        def cross_entropy(z: Tensor, x: Tensor, dz: Tensor, loss: Tensor, slope: float):
            torch.softplus(z, 1, 20, out=loss)
            loss.addcmul_(z, x, value=-1.0)
            torch.sigmoid(z, out=dz)
            dz.sub_(x)
            dz.mul_(slope)

        def draw(mean: Tensor, logvar: Tensor, noise: Tensor, sigma: Tensor, z: Tensor):
            torch.mul(logvar, 0.5, out=sigma)
            sigma.exp_()
            torch.mul(sigma, noise, out=z)
            z.add_(mean)

        def divergence(mean: Tensor, logvar: Tensor, sigma: Tensor, loss: Tensor):
            torch.mul(sigma, sigma, out=loss)
            loss.sub_(logvar)
            loss.sub_(1.0)
            loss.addcmul_(mean, mean)
            loss.mul_(0.5)

        def draw_back(dz: Tensor, mean: Tensor, sigma: Tensor, noise: Tensor, dmean: Tensor, dlogvar: Tensor, weight: float):
            torch.mul(dz, noise, out=dlogvar)
            dlogvar.add_(sigma, alpha=weight)
            dlogvar.mul_(sigma)
            dlogvar.sub_(weight)
            dlogvar.mul_(0.5)
            torch.add(dz, mean, alpha=weight, out=dmean)

        def sums(values: Tensor, terms: int, row: Tensor, total: Tensor, factor: float):
            torch.sum(values, [terms], out=row)
            total.add_(row, alpha=factor)

        def adam(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], step: List[Tensor], rate: float, decay: float, decoupled: bool):
            for s in step:
                s.add_(1.0)
            if decoupled:
                torch._fused_adamw_(p, g, m, v, [], step, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-8, amsgrad=False, maximize=False)
            else:
                torch._fused_adam_(p, g, m, v, [], step, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-8, amsgrad=False, maximize=False)

        def sgd(p: List[Tensor], g: List[Tensor], m: List[Tensor], rate: float, decay: float, momentum: float, first: bool):
            torch._fused_sgd_(p, g, m, weight_decay=decay, momentum=momentum, lr=rate, dampening=0.0, nesterov=False, maximize=False, is_first_step=first)
        """;

    private static readonly ConcurrentBag<StackScripts> s_idle = [];

    private readonly jit.CompilationUnit _unit = jit.compile(Text + "\n");
    private readonly Dictionary<double, Scalar> _numbers = [];
    private readonly Dictionary<long, Scalar> _integers = [];
    private readonly Scalar _true = true;
    private readonly Scalar _false = false;

    /// <summary>Functions that nobody uses, or new ones: they take milliseconds to be compiled. Given back to <see cref="Return"/>.</summary>
    public static StackScripts Rent() => s_idle.TryTake(out StackScripts? idle) ? idle : TorchScope.Keep(() => new StackScripts());

    /// <summary>Gives functions back.</summary>
    public static void Return(StackScripts scripts) => s_idle.Add(scripts);

    /// <summary>Calls a function with tensors, arrays of tensors and numbers.</summary>
    public void Run(string function, params object[] arguments)
    {
        // TorchSharp makes a native number of each and may let it be collected before the call has read it: ours stay.
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = arguments[i] switch
            {
                double number => Keep(_numbers, number, static value => value),
                int integer => Keep(_integers, integer, static value => value),
                bool flag => flag ? _true : _false,
                object other => other,
            };
        }

        _unit.invoke(function, arguments);
    }

    public void Dispose()
    {
        foreach (Scalar scalar in (Scalar[])[.. _numbers.Values, .. _integers.Values, _true, _false])
            scalar.Dispose();
        _unit.Dispose();
    }

    private static Scalar Keep<T>(Dictionary<T, Scalar> kept, T value, Func<T, Scalar> create)
        where T : notnull
    {
        if (!kept.TryGetValue(value, out Scalar? scalar))
            kept.Add(value, scalar = create(value));
        return scalar;
    }
}
