using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Decompositions against PyTorch's figures, against MathNet.Numerics, and by what defines them: the factors rebuild the matrix.</summary>
[Collection(SerialCollection.Name)]
public class LinearAlgebraTests
{
    private const string File = "torch/linalg.json";

    private static readonly FsCheck.Config s_config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60);

    /// <summary>Rows, columns, and the power of ten over which the columns' sizes spread; a rank below full where asked.</summary>
    private static readonly Gen<(int Rows, int Columns, int Spread, bool Deficient, int Seed)> s_matrices =
        from rows in Gen.Choose(1, 24)
        from columns in Gen.Choose(1, 24)
        from spread in Gen.Elements(0, 0, 3, 8)
        from deficient in Gen.Elements(false, false, true)
        from seed in Gen.Choose(0, 100_000)
        select (rows, columns, spread, deficient, seed);

    [ConformanceFact(File)]
    public void Linear_algebra_agrees_with_PyTorch()
    {
        using var file = Conformance.Open(File);
        foreach (var entry in file.RootElement.EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var name = entry.GetProperty("op").GetString()!;
            if (name == "bmm")
            {
                Figures.Close(entry.GetProperty("output"), Figures.Tensor(entry.GetProperty("a")).bmm(Figures.Tensor(entry.GetProperty("b"))), name);
                continue;
            }

            var input = Figures.Tensor(entry.GetProperty("input"));
            switch (name)
            {
                case "linalg.svdvals":
                    Figures.Close(entry.GetProperty("output"), linalg.svdvals(input), name);
                    break;
                case "linalg.eigvalsh":
                    Figures.Close(entry.GetProperty("output"), linalg.eigvalsh(input), name);
                    break;
                case "linalg.slogdet":
                    // The figure is the logarithm, of a positive determinant.
                    var (sign, logarithm) = linalg.slogdet(input);
                    Figures.Close(Figures.Values(entry.GetProperty("output")), logarithm, name);
                    Figures.Close([1], sign, "its sign");
                    break;
                default:
                    Assert.Fail($"The reference file names a function that is not compared: {name}");
                    break;
            }
        }
    }

    [Fact]
    public void Singular_values_and_vectors_rebuild_the_matrix() => Prop.ForAll(Arb.From(s_matrices), m =>
    {
        using var scope = NewDisposeScope();
        var a = Matrix(m.Rows, m.Columns, m.Spread, m.Deficient, m.Seed);
        var (u, s, vh) = linalg.svd(a, false);
        Small((u * s).matmul(vh) - a, 1e-12, $"U·S·Vh − A of {m}");
        Small(u.t().matmul(u) - eye(u.shape[1], dtype: ScalarType.Float64), 1e-12, $"UᵀU − I of {m}");
        Small(vh.matmul(vh.t()) - eye(vh.shape[0], dtype: ScalarType.Float64), 1e-12, $"VhVhᵀ − I of {m}");
        Small(linalg.svdvals(a) - s, 1e-13, $"values with and without vectors of {m}");
    }).Check(s_config);

    [Fact]
    public void A_full_decomposition_has_square_orthogonal_factors()
    {
        using var scope = NewDisposeScope();
        foreach (var (rows, columns) in new[] { (7, 4), (4, 7), (5, 1), (1, 5) })
        {
            var (u, _, vh) = linalg.svd(Matrix(rows, columns, 0, false, 3));
            Small(u.t().matmul(u) - eye(rows, dtype: ScalarType.Float64), 1e-12, "UᵀU − I");
            Small(vh.matmul(vh.t()) - eye(columns, dtype: ScalarType.Float64), 1e-12, "VhVhᵀ − I");
        }
    }

    [Theory]
    [InlineData(784, 32)]
    [InlineData(32, 784)]
    [InlineData(9, 8)]
    [InlineData(40, 40)]
    public void Single_precision_singular_values_agree_with_MathNet(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        foreach (var (spread, deficient) in new[] { (0, false), (6, false), (0, true) })
        {
            var a = Matrix(rows, columns, spread, deficient, 5).type(ScalarType.Float32);
            var expected = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build
                .DenseOfRowMajor(rows, columns, a.data<float>().ToArray().Select(x => (double)x)).Svd(false).S.ToArray();
            Figures.Close(expected, linalg.svdvals(a), $"singular values of {rows}x{columns}", 0, 1e-5 * expected[0]);
        }
    }

    [Fact]
    public void Q_is_orthogonal_and_Q_R_is_the_matrix() => Prop.ForAll(Arb.From(s_matrices), m =>
    {
        using var scope = NewDisposeScope();
        var a = Matrix(m.Rows, m.Columns, m.Spread, m.Deficient, m.Seed);
        foreach (var mode in new[] { linalg.QRMode.Reduced, linalg.QRMode.Complete })
        {
            var (q, r) = linalg.qr(a, mode);
            Assert.Equal(mode == linalg.QRMode.Complete ? m.Rows : Math.Min(m.Rows, m.Columns), q.shape[1]);
            Small(q.matmul(r) - a, 1e-12, $"Q·R − A of {m}");
            Small(q.t().matmul(q) - eye(q.shape[1], dtype: ScalarType.Float64), 1e-12, $"QᵀQ − I of {m}");
            var below = arange(r.shape[0]).unsqueeze(1).gt(arange(r.shape[1]));
            Small(torch.where(below, r, zeros_like(r)), 0, $"R below the diagonal of {m}");
        }
    }).Check(s_config);

    [Fact]
    public void An_inverse_undoes_the_matrix() => Prop.ForAll(Arb.From(s_matrices), m =>
    {
        using var scope = NewDisposeScope();
        // A dominant diagonal bounds the condition number.
        var a = Matrix(m.Rows, m.Rows, 0, false, m.Seed) + (m.Rows * eye(m.Rows, dtype: ScalarType.Float64));
        Small(a.matmul(linalg.inv(a)) - eye(m.Rows, dtype: ScalarType.Float64), 1e-12, $"A·A⁻¹ − I of {m}");
    }).Check(s_config);

    [Fact]
    public void Norms_of_vectors_and_matrices_are_those_of_their_names()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[] { 3f, 0f, 0f, -4f }, [2, 2]);

        Assert.Equal(5, linalg.norm(a).item<float>(), 1e-6);
        Assert.Equal(5, linalg.norm(a, "fro").item<float>(), 1e-6);
        Assert.Equal(7, linalg.norm(a, "nuc").item<float>(), 1e-5);
        Assert.Equal(4, linalg.norm(a, 2.0).item<float>(), 1e-5);
        Assert.Equal(7, linalg.norm(a.flatten(), 1.0).item<float>(), 1e-6);
        Figures.Close([3, 4], linalg.norm(a, [1L]), "norms of rows");
    }

    /// <remarks>Official svdvals may give NaN instead, as its LAPACK does.</remarks>
    [StandinFact]
    public void Values_that_are_not_finite_are_refused()
    {
        using var scope = NewDisposeScope();
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity })
            Assert.ThrowsAny<Exception>(() => linalg.svdvals(tensor([1f, 2f, bad, 4f], [2, 2])));
    }

    private static Tensor Matrix(int rows, int columns, int spread, bool deficient, int seed)
    {
        var random = new Random(seed);
        var values = new double[rows * columns];
        for (var i = 0; i < values.Length; i++)
            values[i] = ((2 * random.NextDouble()) - 1) * Math.Pow(10, -spread * (double)(i % columns) / columns);
        if (deficient)
        {
            for (var r = 0; r < rows; r++)
                values[(r * columns) + columns - 1] = 2 * values[r * columns];
        }

        return tensor(values, [rows, columns]);
    }

    private static void Small(Tensor difference, double tolerance, string what)
    {
        var largest = difference.numel() == 0 ? 0 : difference.abs().max().item<double>();
        Assert.True(largest <= tolerance, $"{what}: {largest:R}");
    }
}
