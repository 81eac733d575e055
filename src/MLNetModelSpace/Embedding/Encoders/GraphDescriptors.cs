using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>
/// Spectral descriptors of a model's graph, without training. Nodes are neurons (channels; at both ends of a convolutional network the
/// places of its first and last kernel, as the pixels of a patch), an edge weighs the norm of its weights; the graph is layered, so it
/// is bipartite between even and odd layers, and its normalised Laplacian I − D^(−½)AD^(−½) has the eigenvalues 1 ± σ for the singular values σ of the normalised biadjacency matrix. Given: σ in descending order; heat traces
/// tr exp(−tL) divided by the nodes; for input and output nodes, which keep their identity, degree and heat kernel signature
/// (Sun, Ovsjanikov and Guibas, 2009). Hidden units may be permuted without changing any of them. Owns its buffers: one a thread.
/// </summary>
internal sealed class GraphDescriptors
{
    private static readonly double[] s_times = [0.5, 1, 2, 4, 8];

    private const int MaxSignatureNodes = 1024;

    private readonly NetworkChain _chain;
    private readonly int[] _sizes;
    private readonly int[] _start;
    private readonly int _even;
    private readonly int _odd;
    private readonly double[] _biadjacency;
    private readonly double[] _scratch;
    private float[]? _prepared;

    /// <summary>The descriptors of a chain.</summary>
    /// <param name="chain">The layers.</param>
    public GraphDescriptors(NetworkChain chain)
    {
        _chain = chain;
        _sizes = [chain.Layers[0].Inputs, .. chain.Layers.Select(layer => layer.Outputs)];
        (_sizes[0], _sizes[^1]) = (_sizes[0] * chain.Layers[0].Taps, _sizes[^1] * chain.Layers[^1].Taps);
        _start = new int[_sizes.Length];
        for (int i = 0; i < _sizes.Length; i++)
        {
            // Even and odd layers are numbered apart: rows and columns of the biadjacency matrix between them.
            (_start[i], _even, _odd) = i % 2 == 0 ? (_even, _even + _sizes[i], _odd) : (_odd, _even, _odd + _sizes[i]);
        }

        _biadjacency = new double[checked(_even * _odd)];
        _scratch = new double[chain.Layers.Max(layer => layer.Outputs * layer.Inputs * layer.Taps)];
        Slots = [.. NameSlots()];
    }

    /// <summary>Names of the descriptors, in order.</summary>
    public IReadOnlyList<string> Slots { get; }

    private int Rank => Math.Min(_even, _odd);

    public void Evaluate(ReadOnlySpan<float> weights, Span<float> destination)
    {
        FillBiadjacency(_chain.Prepare(weights, ref _prepared));
        (double[] evenDegrees, double[] oddDegrees) = Normalize();
        (double[] singular, double[] evenSquares, double[] oddSquares) = Decompose();
        int at = 0;
        foreach (double value in singular)
            destination[at++] = (float)value;
        foreach (double time in s_times)
        {
            double trace = Math.Exp(-time) * (_even + _odd - (2 * Rank));
            foreach (double value in singular)
                trace += 2 * Math.Exp(-time) * Math.Cosh(time * value);
            destination[at++] = (float)(trace / (_even + _odd));
        }

        foreach (int layer in (int[])[0, _sizes.Length - 1])
        {
            bool even = layer % 2 == 0;
            double[] degrees = even ? evenDegrees : oddDegrees, squares = even ? evenSquares : oddSquares;
            int side = even ? _even : _odd;
            for (int node = 0; node < SignatureNodes(layer); node++)
            {
                destination[at++] = (float)degrees[_start[layer] + node];
                foreach (double time in (double[])[1, 4])
                    destination[at++] = (float)Signature(singular, squares, side, _start[layer] + node, time);
            }
        }
    }

    private IEnumerable<string> NameSlots()
    {
        for (int i = 0; i < Rank; i++)
            yield return $"graph σ{i + 1}";
        foreach (double time in s_times)
            yield return FormattableString.Invariant($"graph heat trace t={time}");
        foreach (int layer in (int[])[0, _sizes.Length - 1])
        {
            for (int node = 0; node < SignatureNodes(layer); node++)
            {
                string name = $"graph {(layer == 0 ? "input" : "output")} {node}";
                yield return $"{name} degree";
                yield return $"{name} heat t=1";
                yield return $"{name} heat t=4";
            }
        }
    }

    private int SignatureNodes(int layer) => Math.Min(_sizes[layer], MaxSignatureNodes);

    /// <summary>exp(−tL) at a node: e^(−t)(1 + Σ v²(cosh(tσ) − 1)), as ± pairs of eigenvectors share their squares.</summary>
    private static double Signature(double[] singular, double[] squares, int side, int node, double time)
    {
        double sum = 1;
        for (int k = 0; k < singular.Length; k++)
            sum += squares[(k * side) + node] * (Math.Cosh(time * singular[k]) - 1);
        return Math.Exp(-time) * sum;
    }

    private void FillBiadjacency(ReadOnlySpan<float> weights)
    {
        Array.Clear(_biadjacency);
        for (int i = 0; i < _chain.Layers.Count; i++)
        {
            ChainLayer layer = _chain.Layers[i];
            Span<double> rows = _scratch.AsSpan(0, layer.Outputs * layer.Inputs * layer.Taps);
            layer.CopyIncoming(_chain.Layout.Slice(weights, layer.Weight), rows);
            bool first = i == 0, last = i == _chain.Layers.Count - 1;
            for (int output = 0; output < layer.Outputs; output++)
            {
                for (int input = 0; input < layer.Inputs; input++)
                {
                    ReadOnlySpan<double> taps = rows.Slice(((output * layer.Inputs) + input) * layer.Taps, layer.Taps);
                    if (!first && !last)
                    {
                        Connect(i, input, output, TensorPrimitives.Norm(taps));
                        continue;
                    }

                    for (int tap = 0; tap < taps.Length; tap++)
                        Connect(i, first ? (input * taps.Length) + tap : input, last ? (output * taps.Length) + tap : output, Math.Abs(taps[tap]));
                }
            }
        }
    }

    private void Connect(int layer, int sender, int receiver, double weight)
    {
        bool senderIsEven = layer % 2 == 0;
        int even = senderIsEven ? _start[layer] + sender : _start[layer + 1] + receiver;
        int odd = senderIsEven ? _start[layer + 1] + receiver : _start[layer] + sender;
        _biadjacency[(even * _odd) + odd] = weight;
    }

    /// <summary>Degrees, and the biadjacency matrix divided by their roots. A node without edges keeps degree 0 and an empty row.</summary>
    private (double[] Even, double[] Odd) Normalize()
    {
        double[] even = new double[_even], odd = new double[_odd];
        for (int e = 0; e < _even; e++)
        {
            for (int o = 0; o < _odd; o++)
            {
                even[e] += _biadjacency[(e * _odd) + o];
                odd[o] += _biadjacency[(e * _odd) + o];
            }
        }

        for (int e = 0; e < _even; e++)
        {
            for (int o = 0; o < _odd; o++)
            {
                double scale = Math.Sqrt(even[e] * odd[o]);
                if (scale > 0)
                    _biadjacency[(e * _odd) + o] /= scale;
            }
        }

        return (even, odd);
    }

    /// <summary>Singular values, and the squared entries of both sides' singular vectors, one vector a row.</summary>
    private (double[] Singular, double[] EvenSquares, double[] OddSquares) Decompose()
    {
        int rank = Rank;
        bool oddIsSmall = _odd <= _even;
        double[] gram = new double[rank * rank], values = new double[rank], vectors = new double[rank * rank];
        for (int i = 0; i < (oddIsSmall ? _even : _odd); i++)
        {
            for (int a = 0; a < rank; a++)
            {
                double left = Entry(i, a, oddIsSmall);
                if (left == 0)
                    continue;
                for (int b = 0; b < rank; b++)
                    gram[(a * rank) + b] += left * Entry(i, b, oddIsSmall);
            }
        }

        SymmetricEigen.Decompose(gram, values, vectors, new double[2 * rank]);
        double[] singular = Array.ConvertAll(values, value => Math.Sqrt(Math.Clamp(value, 0, 1)));
        int large = oddIsSmall ? _even : _odd;
        double[] smallSquares = new double[rank * rank], largeSquares = new double[rank * large];
        for (int k = 0; k < rank; k++)
        {
            for (int a = 0; a < rank; a++)
                smallSquares[(k * rank) + a] = vectors[(k * rank) + a] * vectors[(k * rank) + a];
            if (singular[k] < 1e-9)
                continue;
            for (int i = 0; i < large; i++)
            {
                double sum = 0;
                for (int a = 0; a < rank; a++)
                    sum += Entry(i, a, oddIsSmall) * vectors[(k * rank) + a];
                largeSquares[(k * large) + i] = sum * sum / (singular[k] * singular[k]);
            }
        }

        return oddIsSmall ? (singular, largeSquares, smallSquares) : (singular, smallSquares, largeSquares);
    }

    private double Entry(int large, int small, bool oddIsSmall) =>
        oddIsSmall ? _biadjacency[(large * _odd) + small] : _biadjacency[(small * _odd) + large];
}
