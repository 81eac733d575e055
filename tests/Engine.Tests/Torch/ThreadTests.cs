using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Operations large enough to be shared out give the same bits on one thread, on two and on three.</summary>
[Collection(SerialCollection.Name)]
public class ThreadTests
{
    [StandinFact]
    public void A_tall_product_does_not_depend_on_the_number_of_threads() => SameBits(random =>
        [rand([701, 150], generator: random).matmul(rand([150, 103], generator: random))]);

    [StandinFact]
    public void A_wide_product_does_not_depend_on_the_number_of_threads() => SameBits(random =>
        [rand([101, 150], generator: random).t().t().matmul(rand([701, 150], generator: random).t())]);

    [StandinFact]
    public void A_convolution_and_its_gradients_do_not_depend_on_the_number_of_threads() => SameBits(random =>
    {
        Tensor x = rand([11, 9, 31, 33], generator: random).requires_grad_(), w = rand([13, 9, 3, 3], generator: random).requires_grad_();
        Tensor y = nn.functional.conv2d(x, w, null, [1, 1], [1, 1]);
        return [y, .. autograd.grad([y.square().sum()], [x, w])];
    });

    [StandinFact]
    public void A_transposed_convolution_and_its_gradients_do_not_depend_on_the_number_of_threads() => SameBits(random =>
    {
        Tensor x = rand([7, 24, 17, 19], generator: random).requires_grad_(), w = rand([24, 15, 4, 4], generator: random).requires_grad_();
        Tensor y = nn.functional.conv_transpose2d(x, w, rand([15], generator: random), [2, 2], [1, 1]);
        return [y, .. autograd.grad([y.square().sum()], [x, w])];
    });

    [StandinFact]
    public void A_batch_normalisation_and_its_gradients_do_not_depend_on_the_number_of_threads() => SameBits(random =>
    {
        Tensor x = rand([33, 17, 61, 63], generator: random).requires_grad_(), w = rand([17], generator: random).requires_grad_();
        Tensor y = nn.functional.batch_norm(x, null!, null!, w, rand([17], generator: random), true);
        return [y, .. autograd.grad([y.square().sum()], [x, w])];
    });

    private static void SameBits(Func<Generator, Tensor[]> operation)
    {
        int before = get_num_threads();
        try
        {
            float[][] one = Run(1, operation);
            Assert.Equal(one, Run(2, operation));
            Assert.Equal(one, Run(3, operation));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static float[][] Run(int threads, Func<Generator, Tensor[]> operation)
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        return [.. operation(random).Select(result => result.detach().data<float>().ToArray())];
    }
}
