namespace MLNetModelSpace.Features;

/// <summary>
/// The assignment of rows to columns of least total cost (Kuhn's Hungarian method, 1955, in the form that grows one shortest
/// augmenting path a row; time n³). Owns its buffers.
/// </summary>
internal sealed class Assignment(int size)
{
    private readonly double[] _rowPrice = new double[size];
    private readonly double[] _columnPrice = new double[size];
    private readonly double[] _distance = new double[size];
    private readonly int[] _rowOf = new int[size];
    private readonly int[] _cameFrom = new int[size];
    private readonly bool[] _settled = new bool[size];

    /// <summary>Solves for a square row-major matrix of finite costs.</summary>
    /// <param name="costs">size² costs.</param>
    /// <param name="rowOfColumn">Receives the row of each column.</param>
    public void Solve(ReadOnlySpan<double> costs, Span<int> rowOfColumn)
    {
        Array.Clear(_rowPrice);
        Array.Clear(_columnPrice);
        Array.Fill(_rowOf, -1);
        for (int row = 0; row < size; row++)
            Augment(costs, row);
        _rowOf.CopyTo(rowOfColumn);
    }

    /// <summary>Finds the cheapest way to give this row a column, moving others along the way.</summary>
    private void Augment(ReadOnlySpan<double> costs, int start)
    {
        Array.Fill(_distance, double.PositiveInfinity);
        Array.Clear(_settled);
        int row = start;
        int last = -1;
        double length = 0;
        while (true)
        {
            int next = -1;
            double least = double.PositiveInfinity;
            for (int column = 0; column < size; column++)
            {
                if (_settled[column])
                    continue;
                double reach = length + costs[(row * size) + column] - _rowPrice[row] - _columnPrice[column];
                if (reach < _distance[column])
                    (_distance[column], _cameFrom[column]) = (reach, last);
                if (_distance[column] < least)
                    (least, next) = (_distance[column], column);
            }

            _settled[next] = true;
            length = least;
            last = next;
            if (_rowOf[next] < 0)
                break;
            row = _rowOf[next];
        }

        UpdatePrices(start, length);
        for (int column = last; ;)
        {
            int before = _cameFrom[column];
            _rowOf[column] = before < 0 ? start : _rowOf[before];
            if (before < 0)
                return;
            column = before;
        }
    }

    private void UpdatePrices(int start, double length)
    {
        _rowPrice[start] += length;
        for (int column = 0; column < size; column++)
        {
            if (!_settled[column] || _rowOf[column] < 0)
                continue;
            double slack = length - _distance[column];
            _columnPrice[column] -= slack;
            _rowPrice[_rowOf[column]] += slack;
        }
    }
}
