using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;

namespace MLNetModelSpace;

/// <summary>Runs one model after another on the probes. Owns its buffers; every module and tensor is disposed with its row.</summary>
internal sealed class ProbeEvaluator : VectorEvaluator
{
    private readonly ProbeVectorization _vectorization;
    private readonly ImageShape _shape;
    private readonly float[] _answers;
    private readonly float[] _squares;
    private readonly float[] _features;
    private readonly double[] _rows;
    private readonly double[] _columns;
    private readonly double[] _answer;
    private readonly double[] _projections;
    private readonly JacobianSpectrum? _jacobian;
    private readonly GradientNorms? _gradients;
    private readonly GradientForm? _form;
    private readonly double[] _matrices = [];
    private WeightLayout? _layout;
    private RunnableModel? _model;

    public ProbeEvaluator(ProbeVectorization vectorization)
    {
        _vectorization = vectorization;
        _shape = vectorization.Plan.Shape;
        _answers = new float[vectorization.Probes.Values.Length];
        _squares = new float[_answers.Length];
        _features = new float[vectorization.Slots.Count];
        _rows = new double[_shape.Height];
        _columns = new double[_shape.Width];
        _answer = new double[_shape.Size];
        _projections = new double[vectorization.Plan.Directions];
        if (vectorization.Plan.Features.HasFlag(ProbeFeatures.JacobianSpectra))
            _jacobian = new JacobianSpectrum(vectorization);
        if (vectorization.Plan.Features.HasFlag(ProbeFeatures.GradientNorms))
            _gradients = new GradientNorms(vectorization);
        if (vectorization.Mixtures is not null)
        {
            _form = new GradientForm(_shape, vectorization.Textures, vectorization.Plan.Textures);
            _matrices = new double[_form.Length];
        }
    }

    public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
    {
        RunnableModel model = ModelOf(layout);
        // On a thread of our own, since sums depend on the number of threads, and the reader's is the reader's.
        float[] copy = weights.ToArray();
        try
        {
            TorchThreads.Run(() => Fill(model, copy, layout));
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain($"The model of {layout} cannot be run on probes", error);
        }

        _features.CopyTo(destination);
    }

    private void Fill(RunnableModel model, float[] weights, WeightLayout layout)
    {
        Span<float> destination = _features;
        using torch.nn.Module<torch.Tensor, torch.Tensor> module = model.Create(weights);
        model.Run(module, _vectorization.Probes.Values, _answers);
        RequireFinite(layout);
        TensorPrimitives.Subtract<float>(_answers, _vectorization.Probes.Values, _squares);
        TensorPrimitives.Multiply<float>(_squares, _squares, _squares);
        ProbeFeatures features = _vectorization.Plan.Features;
        int at = 0;
        if (features.HasFlag(ProbeFeatures.Errors))
            at += FillErrors(destination);
        if (features.HasFlag(ProbeFeatures.ErrorProfiles))
        {
            foreach ((_, int start, int count) in _vectorization.Probes.Groups)
                at += FillProfile(start, count, destination[at..]);
        }

        if (features.HasFlag(ProbeFeatures.Answers))
            at += FillAnswers(destination[at..]);
        if (_jacobian is not null)
            at += _jacobian.Fill(model, module, _answers, destination[at..]);
        if (_gradients is not null)
        {
            if (!_gradients.Fill(model, module, layout, _squares, destination[at..]))
                throw ProbePlan.TooLarge(layout);
            at += _vectorization.ProbeGroups.Count * GradientNorms.Names.Count;
        }

        if (features.HasFlag(ProbeFeatures.GroupErrors))
            FillGroupErrors(destination[at..]);
        if (_form is null)
            return;
        if (!_form.Fill(model, module, layout, _matrices))
            throw ProbePlan.TooLarge(layout);
        _vectorization.Mixtures!.Fill(_matrices, destination[^_vectorization.Mixtures.Count..]);
    }

    private RunnableModel ModelOf(WeightLayout layout)
    {
        if (ReferenceEquals(layout, _layout))
            return _model!;
        (_layout, _model) = (layout, _vectorization.Plan.Runnable(layout));
        return _model;
    }

    private void RequireFinite(WeightLayout layout)
    {
        if (!float.IsFinite(TensorPrimitives.SumOfSquares<float>(_answers)))
            throw ProbePlan.TooLarge(layout);
    }

    private int FillErrors(Span<float> destination)
    {
        int size = _shape.Size;
        for (int i = 0; i < _vectorization.Probes.Count; i++)
            destination[i] = TensorPrimitives.Sum<float>(_squares.AsSpan(i * size, size)) / size;
        return _vectorization.Probes.Count;
    }

    private void FillGroupErrors(Span<float> destination)
    {
        for (int i = 0; i < _vectorization.ProbeGroups.Count; i++)
        {
            (_, int start, int count) = _vectorization.ProbeGroups[i];

            // Image by image in double precision: a group may have a million pixels.
            double sum = 0;
            for (int image = start; image < start + count; image++)
                sum += TensorPrimitives.Sum<float>(_squares.AsSpan(image * _shape.Size, _shape.Size));
            destination[i] = FeatureColumns.Narrow(sum / ((double)count * _shape.Size));
        }
    }

    private int FillProfile(int start, int count, Span<float> destination)
    {
        Array.Clear(_rows);
        Array.Clear(_columns);
        ReadOnlySpan<float> squares = _squares.AsSpan(start * _shape.Size, count * _shape.Size);
        for (int line = 0; line * _shape.Width < squares.Length; line++)
        {
            ReadOnlySpan<float> pixels = squares.Slice(line * _shape.Width, _shape.Width);
            double sum = 0;
            for (int x = 0; x < pixels.Length; x++)
            {
                sum += pixels[x];
                _columns[x] += pixels[x];
            }

            _rows[line % _shape.Height] += sum;
        }

        double images = (double)count * _shape.Channels;
        TensorPrimitives.Divide(_rows, images * _shape.Width, _rows);
        TensorPrimitives.Divide(_columns, images * _shape.Height, _columns);
        FeatureColumns.Narrow(_rows, destination);
        FeatureColumns.Narrow(_columns, destination[_rows.Length..]);
        return _rows.Length + _columns.Length;
    }

    private int FillAnswers(Span<float> destination)
    {
        int at = 0;
        for (int i = 0; i < _vectorization.Probes.Count; i++)
        {
            ReadOnlySpan<float> answer = _answers.AsSpan(i * _shape.Size, _shape.Size);
            Moments moments = Moments.Of(answer);
            destination[at++] = FeatureColumns.Narrow(moments.Mean);
            destination[at++] = FeatureColumns.Narrow(Math.Sqrt(moments.Variance));
            if (_vectorization.Directions is not { } directions)
                continue;
            TensorPrimitives.ConvertTruncating<float, double>(answer, _answer);
            directions.Project(_answer, _projections);
            FeatureColumns.Narrow(_projections, destination[at..]);
            at += _projections.Length;
        }

        return at;
    }
}
