using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;
using TorchSharp;
using static TorchSharp.torch;

[assembly: LoadableClass(
    typeof(GraphEmbeddingTransformer), null, typeof(SignatureLoadModel), GraphEmbeddingTransformer.LoaderName, GraphEmbeddingTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// Places models by their graphs: adds a vector of unit length, or a point of the Poincaré ball, that does not depend on the order
/// of hidden units. Immutable and thread-safe; disposing of it frees the network, after which it embeds no more.
/// </summary>
public sealed class GraphEmbeddingTransformer : ModelSpaceTransformer, IDisposable
{
    internal const string LoaderName = "ModelSpaceGraph";

    private static readonly ModelFormat s_format = new("MSGRAPHE", LoaderName, 2);
    private const int MaxLayers = 64;

    private readonly string _weights;
    private readonly string _layouts;
    private readonly string _output;
    private readonly int _messageSize;
    private readonly int[] _hidden;
    private readonly float[] _scales;
    private readonly Standardization[] _standardizations;
    private readonly float[][][] _members;
    private readonly MessagePassing _function;
    private readonly Lazy<Tensor[][]> _parameters;
    private readonly string[] _classes;
    private volatile bool _isDisposed;

    internal GraphEmbeddingTransformer(
        IHostEnvironment env, GraphEmbeddingTrainer.Options options, WeightLayout layout, int dimension, float[] scales,
        Standardization[] standardizations, float[][][] members, IReadOnlyList<EmbeddingEpoch> curve, string[] classes)
        : this(
            env, options.WeightsColumnName, options.LayoutColumnName, options.OutputColumnName, options.Space, layout, dimension,
            options.MessageSize, [.. options.HiddenSizes], scales, standardizations, members, curve, classes)
    {
    }

    private GraphEmbeddingTransformer(
        IHostEnvironment env, string weights, string layouts, string output, EmbeddingSpace space, WeightLayout layout, int dimension,
        int messageSize, int[] hidden, float[] scales, Standardization[] standardizations, float[][][] members, IReadOnlyList<EmbeddingEpoch> curve,
        string[] classes)
        : base(env, s_format)
    {
        _weights = weights;
        _layouts = layouts;
        _output = output;
        _messageSize = messageSize;
        _hidden = hidden;
        _scales = scales;
        _standardizations = standardizations;
        _members = members;
        Space = space;
        Layout = layout;
        Dimension = dimension;
        LearningCurve = curve;
        _classes = classes;
        _function = CheckShapes();
        _parameters = new Lazy<Tensor[][]>(() => Upload(_function));
    }

    /// <summary>The space that models are placed in.</summary>
    public EmbeddingSpace Space { get; }

    /// <summary>The layout of the weights that it reads.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Number of values of an embedding.</summary>
    public int Dimension { get; }

    /// <summary>The learning curves of all networks, one after another.</summary>
    public IReadOnlyList<EmbeddingEpoch> LearningCurve { get; }

    /// <summary>The place of a model.</summary>
    /// <param name="weights">Finite weights in the order of <see cref="Layout"/>.</param>
    /// <exception cref="ArgumentException">Another number of weights, or one that is not finite.</exception>
    public float[] Embed(ReadOnlySpan<float> weights)
    {
        if (weights.Length != Layout.Length)
            throw new ArgumentException($"There are {weights.Length} weights; the layout has {Layout.Length} ({Layout}).", nameof(weights));
        FiniteNumbers.Require(weights, nameof(weights));
        var row = new ModelRow { Result = new float[Dimension], Layout = Layout, Weights = weights.ToArray() };
        using var evaluator = new GraphBatches(this, single: true);
        evaluator.Evaluate([row]);
        return row.GetResult().ToArray();
    }

    private static GraphEmbeddingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader, ctx.Header.ModelVerWritten));

    private static GraphEmbeddingTransformer Read(IHostEnvironment env, BinaryReader reader, uint version)
    {
        string weights = ModelContent.ReadText(reader, "weights column");
        string layouts = ModelContent.ReadText(reader, "layout column");
        string output = ModelContent.ReadText(reader, "output column");
        EmbeddingSpace space = EmbeddingContent.ReadSpace(reader);
        WeightLayout layout = WeightLayout.Parse(ModelContent.ReadText(reader, "layout"));
        int dimension = ModelContent.ReadCount(reader, "dimension", 1, 1 << 20);
        int messageSize = ModelContent.ReadCount(reader, "message size", 1, 1024);
        int[] hidden = new int[ModelContent.ReadCount(reader, "hidden layers", 0, MaxLayers)];
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = ModelContent.ReadCount(reader, "hidden size", 1, 1 << 20);
        float[] scales = ModelContent.ReadFloats(reader, "scales", 1 << 16);
        var members = new float[ModelContent.ReadCount(reader, "networks", 1, 64)][][];
        var standardizations = new Standardization[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            standardizations[i] = Standardization.Read(reader);
            members[i] = new float[ModelContent.ReadCount(reader, "parameters", 1, 1 << 16)][];
            for (int j = 0; j < members[i].Length; j++)
                members[i][j] = ModelContent.ReadFloats(reader, "parameter", int.MaxValue / sizeof(float));
        }

        return new GraphEmbeddingTransformer(
            env, weights, layouts, output, space, layout, dimension, messageSize, hidden, scales, standardizations, members,
            EmbeddingContent.ReadCurve(reader), version < 2 ? [] : EmbeddingContent.ReadClasses(reader, dimension));
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (!_parameters.IsValueCreated)
            return;
        foreach (Tensor parameter in _parameters.Value.SelectMany(member => member))
            parameter.Dispose();
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_weights);
        writer.Write(_layouts);
        writer.Write(_output);
        writer.Write((byte)Space);
        writer.Write(Layout.ToJson());
        writer.Write(Dimension);
        writer.Write(_messageSize);
        writer.Write(_hidden.Length);
        foreach (int size in _hidden)
            writer.Write(size);
        ModelContent.WriteFloats(writer, _scales);
        writer.Write(_members.Length);
        for (int i = 0; i < _members.Length; i++)
        {
            _standardizations[i].Write(writer);
            writer.Write(_members[i].Length);
            foreach (float[] parameter in _members[i])
                ModelContent.WriteFloats(writer, parameter);
        }

        EmbeddingContent.WriteCurve(writer, LearningCurve);
        EmbeddingContent.WriteClasses(writer, _classes);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        WeightsInput weights = WeightsInput.Resolve(input, _weights, _layouts, Layout);
        weights.RequireLayout(Layout);
        var added = new AddedColumn(_output, new VectorDataViewType(NumberDataViewType.Single, Dimension), EmbeddingContent.Annotations(Space, _classes));
        return new BatchBinding(input, added, weights, single => new GraphBatches(this, single));
    }

    private void Run(GraphStack stack, ModelRow[] rows)
    {
        using IDisposable frozen = no_grad();
        stack.Load(rows);
        float[] outputs = new float[rows.Length * _members.Length * Dimension];
        for (int i = 0; i < _members.Length; i++)
        {
            Tensor pooled = _function.Pool(_parameters.Value[i], stack.Parts, each: true);
            Span<float> sums = MemoryMarshal.Cast<byte, float>(pooled.bytes);
            for (int row = 0; row < rows.Length; row++)
            {
                Span<float> own = sums.Slice(row * _function.Pooled, _function.Pooled);
                _standardizations[i].Apply(own, own);
                _function.Head(_members[i], own, outputs.AsSpan(((row * _members.Length) + i) * Dimension, Dimension));
            }
        }

        int length = _members.Length * Dimension;
        for (int row = 0; row < rows.Length; row++)
            EmbeddingEnsemble.Average(outputs.AsSpan(row * length, length), _members.Length, Space, rows[row].Result);
    }

    private Tensor[][] Upload(MessagePassing function) => Array.ConvertAll(
        _members, member => member.Select((values, i) => NativeTensors.Of(values, function.ParameterShapes[i].Shape).DetachFromDisposeScope()).ToArray());

    private MessagePassing CheckShapes()
    {
        var graph = new ModelGraph(NetworkChain.Of(Layout));
        var function = new MessagePassing(graph, _messageSize, _hidden, Dimension);
        if (_scales.Length != graph.Parts.Count)
            throw new InvalidDataException($"There are {_scales.Length} scales for {graph.Parts.Count} parts of a graph.");
        for (int i = 0; i < _members.Length; i++)
        {
            if (_members[i].Length != function.ParameterShapes.Count || _standardizations[i].Count != function.Pooled)
                throw new InvalidDataException($"Network {i} has {_members[i].Length} parameters; expected {function.ParameterShapes.Count}.");
            for (int j = 0; j < _members[i].Length; j++)
            {
                long expected = function.ParameterShapes[j].Shape.Aggregate(1L, (product, size) => product * size);
                if (_members[i][j].Length != expected)
                    throw new InvalidDataException($"Parameter {j} of network {i} has {_members[i][j].Length} values; expected {expected}.");
            }
        }

        return function;
    }

    /// <summary>Runs batches of models through all networks, each stack on a thread of our own.</summary>
    private sealed class GraphBatches(GraphEmbeddingTransformer owner, bool single) : BatchEvaluator
    {
        private const int StackSize = 8;

        private readonly ConcurrentBag<GraphStack> _idle = [];

        public override int BatchSize { get; } = 2 * StackSize * Environment.ProcessorCount;

        public override void Evaluate(IReadOnlyList<ModelRow> rows)
        {
            ObjectDisposedException.ThrowIf(owner._isDisposed, owner);
            foreach (ModelRow row in rows)
            {
                if (!WeightsInput.Matches(row.Layout, owner.Layout))
                    row.Error = new InvalidDataException($"Row {row.Position} is of {row.Layout}; the network was trained on {owner.Layout}.");
            }

            ModelRow[][] stacks = [.. rows.Where(row => row.Error is null).Chunk(StackSize)];
            try
            {
                // On threads of our own, since sums depend on the number of threads, and the caller's is the caller's.
                TorchThreads.For(stacks.Length, -1, CancellationToken.None, i =>
                {
                    GraphStack stack = _idle.TryTake(out GraphStack? idle) ? idle : new GraphStack(owner.Layout, single ? 1 : StackSize, owner._scales);
                    try
                    {
                        owner.Run(stack, stacks[i]);
                    }
                    finally
                    {
                        _idle.Add(stack);
                    }
                });
            }
            catch (ExternalException error)
            {
                throw TorchErrors.Explain("The graph network cannot be run", error);
            }
        }

        public override void Dispose()
        {
            while (_idle.TryTake(out GraphStack? stack))
                stack.Dispose();
        }
    }
}
