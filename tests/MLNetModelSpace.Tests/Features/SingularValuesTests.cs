using MathNet.Numerics.LinearAlgebra;

namespace MLNetModelSpace.Tests.Features;

// Reaches internals: digits are compared with those of MathNet, and two ways with each other; features round them to single precision.
public class SingularValuesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(7, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(33, 17)]
    [InlineData(8, 49)]
    [InlineData(128, 100)]
    public void BothWaysAgreeWithMathNet(int rows, int columns)
    {
        float[] matrix = Models.Random(rows * columns, rows + columns);
        double[] expected = Reference(matrix, rows, columns);
        double[] fast = new double[expected.Length], accurate = new double[expected.Length], squares = new double[expected.Length];
        var solver = new SingularValues();
        solver.Fast(matrix, rows, columns, fast);
        solver.Accurate(matrix, rows, columns, accurate);
        solver.Squares(matrix, rows, columns, squares);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i] * expected[i], squares[i], 1e-12 * expected[0] * expected[0]);
            Assert.Equal(expected[i], fast[i], 1e-7 * expected[0]);
            Assert.Equal(expected[i], accurate[i], 1e-12 * expected[0]);
        }
    }

    [Fact]
    public void ALayerOf784By32AgreesWithMathNet()
    {
        float[] matrix = Models.Random(784 * 32, 3, 0.05);
        double[] expected = Reference(matrix, 784, 32);
        double[] actual = new double[32];
        new SingularValues().Fast(matrix, 784, 32, actual);
        for (int i = 0; i < 32; i++)
            Assert.Equal(expected[i], actual[i], 1e-5 * expected[0]);
    }

    [Fact]
    public void AccurateValuesTellTheRank()
    {
        // A product of 20×3 and 3×12: nine of twelve singular values are zero but for rounding.
        Matrix<float> left = Matrix<float>.Build.Dense(20, 3, (i, j) => ((i * 7) + (j * 3)) % 5 - 2);
        Matrix<float> right = Matrix<float>.Build.Dense(3, 12, (i, j) => ((i * 5) + (j * 2)) % 7 - 3);
        float[] matrix = (left * right).ToRowMajorArray();
        double[] values = new double[12];
        new SingularValues().Accurate(matrix, 20, 12, values);
        Assert.True(values[2] > 0.1 * values[0]);
        Assert.All(values[3..], value => Assert.InRange(value, 0, 1e-14 * values[0]));
        double[] squares = new double[12];
        new SingularValues().Squares(matrix, 20, 12, squares);
        Assert.Equal([.. values.Select(value => value * value)], squares);
    }

    [Fact]
    public void AZeroMatrixHasZeroSingularValues()
    {
        double[] fast = [1, 1, 1], accurate = [1, 1, 1];
        new SingularValues().Fast(new float[12], 4, 3, fast);
        new SingularValues().Accurate(new float[12], 4, 3, accurate);
        Assert.Equal([0, 0, 0], fast);
        Assert.Equal([0, 0, 0], accurate);
    }

    [Fact]
    public void HugeAndTinyEntriesNeitherOverflowNorVanish()
    {
        float[] unit = Models.Random(30, 5);
        foreach (float scale in new[] { 1e37f, 1e-30f })
        {
            float[] matrix = Array.ConvertAll(unit, value => value * scale);
            // MathNet's own answer for the matrix before it is scaled: its thresholds are absolute.
            double[] expected = [.. Reference(unit, 6, 5).Select(value => value * scale)];
            double[] fast = new double[5], accurate = new double[5];
            new SingularValues().Fast(matrix, 6, 5, fast);
            new SingularValues().Accurate(matrix, 6, 5, accurate);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(1, fast[i] / expected[i], 1e-6);
                Assert.Equal(1, accurate[i] / expected[i], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    public void EigenvectorsRebuildTheMatrix(int n)
    {
        float[] factor = Models.Random(n * n, n);
        Matrix<double> matrix = Matrix<double>.Build.Dense(n, n, (i, j) => factor[(i * n) + j] + factor[(j * n) + i]);
        double[] values = new double[n], vectors = new double[n * n];
        SymmetricEigen.Decompose(matrix.ToRowMajorArray(), values, vectors, new double[2 * n]);
        Matrix<double> rows = Matrix<double>.Build.DenseOfRowMajor(n, n, vectors);
        Matrix<double> rebuilt = rows.Transpose() * Matrix<double>.Build.DenseOfDiagonalArray(values) * rows;
        Assert.True((rebuilt - matrix).FrobeniusNorm() < 1e-12 * (1 + matrix.FrobeniusNorm()));
        Assert.True(((rows * rows.Transpose()) - Matrix<double>.Build.DenseIdentity(n)).FrobeniusNorm() < 1e-12 * n);
        Assert.Equal(values.OrderDescending(), values);
    }

    private static double[] Reference(float[] matrix, int rows, int columns) =>
        [.. Matrix<double>.Build.DenseOfRowMajor(rows, columns, matrix.Select(value => (double)value)).Svd(false).S];
}
