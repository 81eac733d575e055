namespace MLNetModelSpace.Features;

/// <summary>Computes the summary of a matrix's spectrum. Owns its buffers: one object a thread.</summary>
/// <param name="fewest">Matrices with fewer eigenvalues get no fits.</param>
/// <param name="fitBulk">Whether the Marchenko–Pastur law is fitted.</param>
internal sealed class SpectralAnalyzer(int fewest, bool fitBulk)
{
    private readonly SingularValues _solver = new();
    private readonly MarchenkoPasturFit? _bulk = fitBulk ? new MarchenkoPasturFit() : null;
    private double[] _buffer = [];
    private int _count;

    /// <summary>The eigenvalues of the last matrix, ascending.</summary>
    public ReadOnlySpan<double> Eigenvalues => _buffer.AsSpan(0, _count);

    /// <summary>Summarises the spectrum of a row-major matrix of finite numbers.</summary>
    public SpectralSummary Analyze(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        _count = SingularValues.Count(rows, columns);
        if (_buffer.Length < 4 * _count)
            _buffer = new double[4 * _count];
        Span<double> values = _buffer.AsSpan(0, _count);
        _solver.Squares(matrix, rows, columns, values);
        values.Reverse();
        bool enough = _count >= fewest;
        return SpectralSummary.Of(values, Math.Max(rows, columns), enough, enough ? _bulk : null, _buffer.AsSpan(_count, 3 * _count));
    }
}
