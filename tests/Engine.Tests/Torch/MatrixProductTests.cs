using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Matrix products against sums written out, on shapes that no register width divides.</summary>
[Collection(SerialCollection.Name)]
public class MatrixProductTests
{
    private static readonly Gen<int> s_size = Gen.Frequency(
        (6, Gen.Choose(1, 40)), (2, Gen.Elements(1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65)), (1, Gen.Choose(100, 300)));

    private static readonly Gen<(int M, int N, int K, bool TransA, bool TransB, bool Single)> s_products =
        from m in s_size
        from n in s_size
        from k in s_size
        from a in Gen.Elements(true, false)
        from b in Gen.Elements(true, false)
        from single in Gen.Elements(true, false)
        select (m, n, k, a, b, single);

    [Fact]
    public void A_product_is_its_definition_on_any_shape() => Prop.ForAll(Arb.From(s_products), p => Compare(p.M, p.N, p.K, p.TransA, p.TransB, p.Single))
        .Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(150));

    [Theory]
    [InlineData(20, 32, 784, false, true)]
    [InlineData(20, 784, 32, false, true)]
    [InlineData(784, 32, 20, true, false)]
    [InlineData(32, 784, 20, true, false)]
    [InlineData(20, 32, 784, false, false)]
    [InlineData(1, 333, 444, false, false)]
    [InlineData(333, 1, 444, true, false)]
    [InlineData(300, 270, 260, false, true)]
    [InlineData(200, 201, 202, true, false)]
    public void The_shapes_of_training_and_of_blocks_agree(int m, int n, int k, bool transA, bool transB) => Compare(m, n, k, transA, transB, single: true);

    [Theory]
    [InlineData(0, 3, 4)]
    [InlineData(3, 0, 4)]
    public void An_empty_factor_gives_an_empty_product(int m, int n, int k)
    {
        using var scope = NewDisposeScope();
        Assert.Equal([m, n], zeros(m, k).matmul(zeros(k, n)).shape);
    }

    [Fact]
    public void A_product_over_nothing_is_zero()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(new float[6], zeros(2, 0).matmul(zeros(0, 3)).data<float>().ToArray());
    }

    private static void Compare(int m, int n, int k, bool transA, bool transB, bool single)
    {
        using var scope = NewDisposeScope();
        var random = new Random((m * 7) + (n * 11) + k);
        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)((2 * random.NextDouble()) - 1))];
        var (a, b) = (Numbers(m * k), Numbers(k * n));
        var type = single ? ScalarType.Float32 : ScalarType.Float64;
        var x = (transA ? tensor(a, [k, m]).t() : tensor(a, [m, k])).type(type);
        var y = (transB ? tensor(b, [n, k]).t() : tensor(b, [k, n])).type(type);
        var product = x.matmul(y);
        Assert.Equal([m, n], product.shape);
        using var actual = product.type(ScalarType.Float64).contiguous();
        var values = actual.data<double>().ToArray();
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var (sum, size) = (0.0, 0.0);
                for (var p = 0; p < k; p++)
                {
                    var term = (transA ? a[(p * m) + i] : a[(i * k) + p]) * (transB ? b[(j * k) + p] : b[(p * n) + j]);
                    (sum, size) = (sum + term, size + Math.Abs(term));
                }

                // The bound of any order of summation: k roundings of partial sums no larger than the sum of sizes.
                var tolerance = (single ? 6e-8 : 1.2e-16) * (k + 1) * size;
                Assert.True(
                    Math.Abs(values[(i * n) + j] - sum) <= tolerance, $"{m}x{k} by {k}x{n} ({transA}, {transB}): [{i}, {j}] is {values[(i * n) + j]:R}, not {sum:R}");
            }
        }
    }
}
