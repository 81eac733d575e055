namespace MLNetModelSpace.Features;

/// <summary>
/// Brings a model's hidden units into one scale and, by optimal assignment, into the order of a reference model: weight matching as
/// in Git Re-Basin (Ainsworth, Hayase and Srinivasa, 2023, section 3.2), layer by layer from the input. The function of the
/// network stays the same, with ReLU as without. A log-variance head beside the chain is reordered along, and where the units it
/// reads are scaled, unscaled; its own outputs, whose scale is that of a distribution, are not. Owns its buffers.
/// </summary>
internal sealed class ChainAligner
{
    private readonly NetworkChain _chain;
    private readonly Assignment[] _assignments;
    private readonly double[] _costs;
    private readonly int[] _order;
    private readonly float[] _moved;

    public ChainAligner(NetworkChain chain)
    {
        _chain = chain.RequirePlain("Alignment of hidden units");
        int hidden = chain.Layers.Count - 1;
        _assignments = [.. Enumerable.Range(0, hidden).Select(l => new Assignment(chain.Layers[l].Outputs))];
        int widest = chain.Layers.Take(hidden).Max(layer => layer.Outputs);
        _costs = new double[widest * widest];
        _order = new int[widest];
        _moved = new float[chain.Layout.Length];
    }

    /// <summary>
    /// Scales hidden units: each but those of the last hidden layer reads weights of unit length, and those read and write
    /// equally long ones. A unit that reads or writes only zeros stays as it is.
    /// </summary>
    public void Balance(Span<float> weights)
    {
        for (int l = 0; l + 1 < _chain.Layers.Count; l++)
        {
            ChainLayer layer = _chain.Layers[l], next = _chain.Layers[l + 1];
            bool last = l + 2 == _chain.Layers.Count;
            for (int unit = 0; unit < layer.Outputs; unit++)
            {
                double reads = Length(weights, layer, unit, incoming: true);
                double writes = last ? Length(weights, next, unit, incoming: false) : 1 / reads;
                double scale = last ? Math.Sqrt(writes / reads) : 1 / reads;
                if (reads > 0 && writes > 0 && double.IsFinite(scale))
                    Scale(weights, layer, next, unit, scale);
            }
        }
    }

    /// <summary>Orders hidden units as the reference has them; both balanced.</summary>
    public void Align(Span<float> weights, ReadOnlySpan<float> reference)
    {
        for (int l = 0; l + 1 < _chain.Layers.Count; l++)
        {
            ChainLayer layer = _chain.Layers[l], next = _chain.Layers[l + 1];
            int units = layer.Outputs;
            Span<double> costs = _costs.AsSpan(0, units * units);
            for (int unit = 0; unit < units; unit++)
            {
                for (int place = 0; place < units; place++)
                {
                    double match = Dot(weights, reference, layer, unit, place, incoming: true);
                    // What a hidden layer's units write is known in order only where the layer behind it is the last.
                    if (l + 2 == _chain.Layers.Count)
                        match += Dot(weights, reference, next, unit, place, incoming: false);
                    costs[(unit * units) + place] = -match;
                }
            }

            _assignments[l].Solve(costs, _order);
            Permute(weights, layer, next);
        }
    }

    private double Length(ReadOnlySpan<float> weights, ChainLayer layer, int unit, bool incoming) =>
        Math.Sqrt(Dot(weights, weights, layer, unit, unit, incoming, withBias: false));

    private double Dot(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> others, ChainLayer layer, int unit, int place, bool incoming, bool withBias = true)
    {
        ReadOnlySpan<float> a = _chain.Layout.Slice(weights, layer.Weight), b = _chain.Layout.Slice(others, layer.Weight);
        double sum = 0;
        int count = incoming ? layer.Inputs : layer.Outputs;
        for (int other = 0; other < count; other++)
        {
            for (int tap = 0; tap < layer.Taps; tap++)
            {
                sum += incoming
                    ? (double)a[layer.OffsetOf(other, unit, tap)] * b[layer.OffsetOf(other, place, tap)]
                    : (double)a[layer.OffsetOf(unit, other, tap)] * b[layer.OffsetOf(place, other, tap)];
            }
        }

        if (incoming && withBias && layer.Bias >= 0)
        {
            ReadOnlySpan<float> x = _chain.Layout.Slice(weights, layer.Bias), y = _chain.Layout.Slice(others, layer.Bias);
            int taps = layer.Biases / layer.Outputs;
            for (int tap = 0; tap < taps; tap++)
                sum += (double)x[(unit * taps) + tap] * y[(place * taps) + tap];
        }

        return sum;
    }

    private void Scale(Span<float> weights, ChainLayer layer, ChainLayer next, int unit, double scale)
    {
        Span<float> reads = Part(weights, layer.Weight), writes = Part(weights, next.Weight);
        for (int tap = 0; tap < layer.Taps; tap++)
        {
            for (int input = 0; input < layer.Inputs; input++)
                reads[layer.OffsetOf(input, unit, tap)] = (float)(reads[layer.OffsetOf(input, unit, tap)] * scale);
        }

        for (int tap = 0; tap < next.Taps; tap++)
        {
            for (int output = 0; output < next.Outputs; output++)
                writes[next.OffsetOf(unit, output, tap)] = (float)(writes[next.OffsetOf(unit, output, tap)] / scale);
        }

        foreach ((ChainLayer side, int beside) in _chain.Sides)
        {
            if (_chain.Layers[beside] != next)
                continue;
            Span<float> values = Part(weights, side.Weight);
            for (int output = 0; output < side.Outputs; output++)
            {
                for (int tap = 0; tap < side.Taps; tap++)
                    values[side.OffsetOf(unit, output, tap)] = (float)(values[side.OffsetOf(unit, output, tap)] / scale);
            }
        }

        if (layer.Bias < 0)
            return;
        int taps = layer.Biases / layer.Outputs;
        foreach (ref float bias in Part(weights, layer.Bias).Slice(unit * taps, taps))
            bias = (float)(bias * scale);
    }

    private void Permute(Span<float> weights, ChainLayer layer, ChainLayer next)
    {
        weights.CopyTo(_moved);
        MoveOutputs(weights, layer);
        MoveInputs(weights, next);
        foreach ((ChainLayer side, int beside) in _chain.Sides)
        {
            if (_chain.Layers[beside] == layer)
                MoveOutputs(weights, side);
            if (_chain.Layers[beside] == next)
                MoveInputs(weights, side);
        }
    }

    private void MoveOutputs(Span<float> weights, ChainLayer layer)
    {
        Span<float> target = Part(weights, layer.Weight);
        ReadOnlySpan<float> source = _chain.Layout.Slice(_moved, layer.Weight);
        int taps = layer.Biases / layer.Outputs;
        for (int place = 0; place < layer.Outputs; place++)
        {
            int unit = _order[place];
            for (int tap = 0; tap < layer.Taps; tap++)
            {
                for (int input = 0; input < layer.Inputs; input++)
                    target[layer.OffsetOf(input, place, tap)] = source[layer.OffsetOf(input, unit, tap)];
            }

            if (layer.Bias >= 0)
                _chain.Layout.Slice(_moved, layer.Bias).Slice(unit * taps, taps).CopyTo(Part(weights, layer.Bias).Slice(place * taps, taps));
        }
    }

    private void MoveInputs(Span<float> weights, ChainLayer layer)
    {
        Span<float> target = Part(weights, layer.Weight);
        ReadOnlySpan<float> source = _chain.Layout.Slice(_moved, layer.Weight);
        for (int place = 0; place < layer.Inputs; place++)
        {
            for (int tap = 0; tap < layer.Taps; tap++)
            {
                for (int output = 0; output < layer.Outputs; output++)
                    target[layer.OffsetOf(place, output, tap)] = source[layer.OffsetOf(_order[place], output, tap)];
            }
        }
    }

    private Span<float> Part(Span<float> weights, int tensor) =>
        weights.Slice(_chain.Layout.OffsetOf(tensor), _chain.Layout.Tensors[tensor].Length);
}

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
