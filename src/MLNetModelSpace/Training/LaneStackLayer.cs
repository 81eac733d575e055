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
    }

    public override void Forward()
    {
        if (!_transposed)
        {
            float* x = _border is null ? _flow.Input.Pointer : _border.Fill(_flow.Input.Pointer, again: true);
            LaneKernels.Gather(
                _flow.Output.Pointer, At(_coarseRow), At(_coarseAt), _weights.Weight.Pointer, _weights.Bias.Pointer, x, At(_fineAt), At(_fineTap), _rows, _taps, _positions);
            return;
        }

        Scatter(_flow.Output, _flow.Input, add: false);
        AddBias();
    }

    public override void BackwardWeights()
    {
        (StackTensor fine, StackTensor coarse) = _transposed ? (_flow.OutputSlope, _flow.Input) : (_flow.Input, _flow.OutputSlope);
        // A convolution's input is there since the step went forward; a transposed one's slope is new.
        float* patches = _border is null ? fine.Pointer : _border.Fill(fine.Pointer, again: _transposed);
        LaneKernels.Correlate(
            _weights.WeightGradient.Pointer, coarse.Pointer, At(_coarseRow), At(_coarseAt), patches, At(_fineAt), At(_fineTap), _rows, _taps, _positions);
        LaneKernels.Sum(_weights.BiasGradient.Pointer, _flow.OutputSlope.Pointer, At(_outputRow), At(_outputAt), _outputRow.Length, _outputAt.Length);
    }

    public override void BackwardInput(bool add)
    {
        if (!_transposed)
        {
            Scatter(_flow.InputSlope!, _flow.OutputSlope, add);
            return;
        }

        float* patches = _border is null ? _flow.OutputSlope.Pointer : _border.Fill(_flow.OutputSlope.Pointer, again: false);
        LaneKernels.Gather(
            _flow.InputSlope!.Pointer, At(_coarseRow), At(_coarseAt), _weights.Weight.Pointer, null, patches, At(_fineAt), At(_fineTap), _rows, _taps, _positions);
    }

    public override void Dispose() => _border?.Dispose();

    private void Scatter(StackTensor fine, StackTensor coarse, bool add)
    {
        if (!add)
            fine.Values.Clear();
        float* target = _border is null ? fine.Pointer : _border.Clear();
        LaneKernels.Scatter(target, At(_fineAt), At(_fineTap), _weights.Weight.Pointer, coarse.Pointer, At(_coarseRow), At(_coarseAt), _rows, _taps, _positions);
        _border?.AddInside(fine.Pointer);
    }

    private void AddBias()
    {
        float* bias = _weights.Bias.Pointer;
        int plane = _images * _fine.Positions * LaneKernels.Lanes;
        for (int channel = 0; channel < _fine.Channels; channel++)
            LaneKernels.AddToAll(_flow.Output.Pointer + ((nint)channel * plane), bias + (channel * LaneKernels.Lanes), plane);
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
