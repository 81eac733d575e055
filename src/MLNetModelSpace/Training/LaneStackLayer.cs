using System.Runtime.CompilerServices;

namespace MLNetModelSpace.Training;

/// <summary>
/// A layer of any kind on the CPU with the models of the stack side by side. Features lie as channels×images×height×width, each place eight models wide;
/// all kinds are sums over tables of places (<see cref="LaneKernels"/>).
/// </summary>
internal sealed unsafe class LaneStackLayer : StackLayer
{
    private readonly bool _transposed;
    private readonly int _images;
    private readonly FeatureShape _fine;
    private readonly Border? _border;
    private readonly StackWeights _weights;
    private readonly StackFlow _flow;
    private readonly int _rows;
    private readonly int _taps;
    private readonly int _positions;

    // Places: of a row of weights in the coarse features, of a position there and in the fine features, of a tap in the fine features.
    private readonly int[] _coarseRow;
    private readonly int[] _coarseAt;
    private readonly int[] _fineAt;
    private readonly int[] _fineTap;

    // Of weights.
    private readonly int[] _weightRow;
    private readonly int[] _weightTap;

    // Of a part of them in the memory of their gradient, of which a step needs no more.
    private readonly int[] _blockRow;
    private readonly int _rowBlock;
    private readonly int _tapBlock;

    // Of the output's channels and positions, for its bias.
    private readonly int[] _outputRow;
    private readonly int[] _outputAt;

    /// <param name="layer">The layer.</param>
    /// <param name="images">How many.</param>
    /// <param name="weights">Of the layer.</param>
    /// <param name="flow">What it reads and writes.</param>
    public LaneStackLayer(NetworkLayer layer, int images, StackWeights weights, StackFlow flow)
    {
        _images = images;
        _weights = weights;
        _flow = flow;
        _transposed = layer.Kind == LayerKind.TransposedConvolution;
        (_fine, FeatureShape coarse) = _transposed ? (layer.Output, layer.Input) : (layer.Input, layer.Output);
        if (layer.Kind == LayerKind.Linear)
        {
            // A row for each output feature, a tap for each input feature, a position for each image.
            (_rows, _taps, _positions) = (coarse.Size, _fine.Size, images);
            _coarseRow = Places(_rows, row => Place(coarse, images, row / coarse.Positions, 0, row % coarse.Positions));
            _coarseAt = Places(images, image => Place(coarse, images, 0, image, 0));
            _fineTap = Places(_taps, tap => Place(_fine, images, tap / _fine.Positions, 0, tap % _fine.Positions));
            _fineAt = Places(images, image => Place(_fine, images, 0, image, 0));
            (_outputRow, _outputAt) = (_coarseRow, _coarseAt);
            (_weightRow, _weightTap, _blockRow, _rowBlock, _tapBlock) = WeightPlaces();
            return;
        }

        int kernel = layer.Kernel, stride = layer.Stride, area = kernel * kernel;
        // What lies beyond the image is zero: a copy with a border saves the question at every tap.
        var padded = new FeatureShape(_fine.Channels, _fine.Height + (2 * layer.Padding), _fine.Width + (2 * layer.Padding));
        _border = padded == _fine ? null : new Border(_fine, padded, layer.Padding, images);
        (_rows, _taps, _positions) = (coarse.Channels, _fine.Channels * area, images * coarse.Positions);
        _coarseRow = Places(_rows, row => Place(coarse, images, row, 0, 0));
        _coarseAt = Places(_positions, p => Place(coarse, images, 0, p / coarse.Positions, p % coarse.Positions));
        _fineTap = Places(_taps, tap => Place(padded, images, tap / area, 0, (tap % area / kernel * padded.Width) + (tap % kernel)));
        _fineAt = Places(_positions, p =>
        {
            int position = p % coarse.Positions, y = position / coarse.Width * stride, x = position % coarse.Width * stride;
            return Place(padded, images, 0, p / coarse.Positions, (y * padded.Width) + x);
        });
        (_outputRow, _outputAt) = _transposed
            ? (Places(_fine.Channels, channel => Place(_fine, images, channel, 0, 0)), Places(images * _fine.Positions, p => p * LaneKernels.Lanes))
            : (_coarseRow, _coarseAt);
        (_weightRow, _weightTap, _blockRow, _rowBlock, _tapBlock) = WeightPlaces();
    }

    public override void Forward()
    {
        LaneKernels.Fill(_flow.Output.Pointer, _weights.Bias.Pointer, At(_outputRow), At(_outputAt), _outputRow.Length, _outputAt.Length);
        if (_transposed)
        {
            Scatter(_flow.Output, _flow.Input);
            return;
        }

        Gather(_flow.Output, WithBorder(_flow.Input.Pointer, again: true), add: true);
    }

    public override void Backward(InputGradient input, StackOptimizer? optimizer)
    {
        StackTensor dy = _flow.OutputSlope;
        // The slope with its border serves input and weights alike; a convolution's input has been there since the step went forward, unless its border is used on the way.
        float* slope = _transposed ? WithBorder(dy.Pointer, again: true) : null;
        bool byBlocks = !_transposed && _border is null;
        if (input != InputGradient.None && !_transposed)
        {
            if (input == InputGradient.Set)
                _flow.InputSlope!.Values.Clear();
            if (!byBlocks)
                Scatter(_flow.InputSlope!, dy);
        }
        else if (input != InputGradient.None)
        {
            Gather(_flow.InputSlope!, slope, input == InputGradient.Add);
        }

        float* coarse = _transposed ? _flow.Input.Pointer : dy.Pointer, fine = _transposed ? slope : WithBorder(_flow.Input.Pointer, again: false);
        float* weights = _weights.Weight.Pointer, gradient = _weights.WeightGradient.Pointer;
        for (int tap = 0; tap < _taps; tap += _tapBlock)
        {
            int taps = Math.Min(_tapBlock, _taps - tap);
            for (int row = 0; row < _rows; row += _rowBlock)
            {
                // What a block of weights is good for is done while it is in the cache: the gradient by the input, its own gradient, its step.
                int rows = Math.Min(_rowBlock, _rows - row);
                if (input != InputGradient.None && byBlocks)
                {
                    LaneKernels.Multiply(
                        new LaneFactor(weights, At(_weightTap) + tap, At(_weightRow) + row), taps, new LaneFactor(dy.Pointer, At(_coarseAt), At(_coarseRow) + row), _positions,
                        rows, _flow.InputSlope!.Pointer, At(_fineTap) + tap, At(_fineAt), add: true);
                }

                var left = new LaneFactor(coarse, At(_coarseRow) + row, At(_coarseAt));
                var right = new LaneFactor(fine, At(_fineTap) + tap, At(_fineAt));
                if (optimizer is null)
                {
                    LaneKernels.Multiply(left, rows, right, taps, _positions, gradient, At(_weightRow) + row, At(_weightTap) + tap, add: false);
                    continue;
                }

                LaneKernels.Multiply(left, rows, right, taps, _positions, gradient, At(_blockRow), At(_weightTap), add: false);
                if (taps == _taps)
                {
                    optimizer.Step(weights + _weightRow[row], gradient, rows * taps * LaneKernels.Lanes);
                    continue;
                }

                for (int i = 0; i < rows; i++)
                    optimizer.Step(weights + _weightRow[row + i] + _weightTap[tap], gradient + _blockRow[i], taps * LaneKernels.Lanes);
            }
        }

        float* bias = _weights.BiasGradient.Pointer;
        LaneKernels.Sum(bias, dy.Pointer, At(_outputRow), At(_outputAt), _outputRow.Length, _outputAt.Length);
        optimizer?.Step(_weights.Bias.Pointer, bias, _outputRow.Length * LaneKernels.Lanes);
    }

    public override void Dispose() => _border?.Dispose();

    private float* WithBorder(float* features, bool again) => _border is null ? features : _border.Fill(features, again);

    /// <summary>coarse[o, p] += Σₜ w[o, t]·fine[p, t].</summary>
    private void Gather(StackTensor coarse, float* fine, bool add) => LaneKernels.Multiply(
        new LaneFactor(_weights.Weight.Pointer, At(_weightRow), At(_weightTap)), _rows, new LaneFactor(fine, At(_fineAt), At(_fineTap)), _positions, _taps,
        coarse.Pointer, At(_coarseRow), At(_coarseAt), add);

    /// <summary>fine[p, t] += Σₒ w[o, t]·coarse[o, p]: the transpose of <see cref="Gather"/>.</summary>
    private void Scatter(StackTensor fine, StackTensor coarse)
    {
        float* target = _border is null ? fine.Pointer : _border.Clear();
        LaneKernels.Multiply(
            new LaneFactor(_weights.Weight.Pointer, At(_weightTap), At(_weightRow)), _taps, new LaneFactor(coarse.Pointer, At(_coarseAt), At(_coarseRow)), _positions, _rows,
            target, At(_fineTap), At(_fineAt), add: true);
        _border?.AddInside(fine.Pointer);
    }

    /// <summary>Places of weights, and the blocks they are gone through in: 32 KB each.</summary>
    private (int[] Row, int[] Tap, int[] BlockRow, int RowBlock, int TapBlock) WeightPlaces()
    {
        const int BlockPlaces = 1024;
        int taps = _taps > 96 ? 32 : _taps, rows = Math.Min(_rows, Math.Max(4, BlockPlaces / taps / 4 * 4));
        return (
            Places(_rows, row => checked(row * _taps * LaneKernels.Lanes)), Places(_taps, tap => tap * LaneKernels.Lanes),
            Places(rows, row => row * taps * LaneKernels.Lanes), rows, taps);
    }

    private static int Place(FeatureShape shape, int images, int channel, int image, int position) =>
        checked(((((channel * images) + image) * shape.Positions) + position) * LaneKernels.Lanes);

    /// <summary>Pinned, so that kernels read it by address.</summary>
    private static int[] Places(int count, Func<int, int> place)
    {
        int[] places = GC.AllocateUninitializedArray<int>(count, pinned: true);
        for (int i = 0; i < count; i++)
            places[i] = place(i);
        return places;
    }

    private static int* At(int[] places) => (int*)Unsafe.AsPointer(ref places[0]);

    /// <summary>Features with zeros around them.</summary>
    private sealed class Border(FeatureShape inside, FeatureShape padded, int padding, int images) : IDisposable
    {
        private readonly StackTensor _memory = new(StackOrder.ModelsLast, LaneKernels.Lanes, images * padded.Size, TorchSharp.torch.CPU);
        private readonly int _line = inside.Width * LaneKernels.Lanes;
        private float* _held;
        private bool _clean = true;

        /// <summary>The features with their border.</summary>
        /// <param name="features">Without.</param>
        /// <param name="again">Whether they may have changed since they were filled in last.</param>
        public float* Fill(float* features, bool again)
        {
            float* target = _memory.Pointer;
            if (_held == features && !again)
                return target;
            if (!_clean)
                _memory.Values.Clear();
            _held = features;
            _clean = true;
            for (int line = 0; line < inside.Channels * images * inside.Height; line++)
                new ReadOnlySpan<float>(features + ((nint)line * _line), _line).CopyTo(new Span<float>(target + At(line), _line));
            return target;
        }

        /// <summary>Zeros.</summary>
        public float* Clear()
        {
            _memory.Values.Clear();
            _held = null;
            _clean = false;
            return _memory.Pointer;
        }

        /// <summary>Adds what is inside to the features.</summary>
        public void AddInside(float* features)
        {
            float* source = _memory.Pointer;
            for (int line = 0; line < inside.Channels * images * inside.Height; line++)
                LaneKernels.AddAll(features + ((nint)line * _line), source + At(line), _line);
        }

        public void Dispose() => _memory.Dispose();

        /// <summary>Where a line of some plane lies inside the border.</summary>
        private nint At(int line)
        {
            int plane = line / inside.Height, y = line % inside.Height;
            return (((nint)plane * padded.Positions) + ((y + padding) * padded.Width) + padding) * LaneKernels.Lanes;
        }
    }
}
