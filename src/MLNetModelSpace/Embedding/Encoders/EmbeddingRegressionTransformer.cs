using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetModelSpace;

[assembly: LoadableClass(
    typeof(EmbeddingRegressionTransformer), null, typeof(SignatureLoadModel), EmbeddingRegressionTransformer.LoaderName, EmbeddingRegressionTransformer.LoaderName)]

namespace MLNetModelSpace;

/// <summary>
/// Places models in the model–dataset space by their features: adds a vector of unit length, or a point of the Poincaré ball.
/// Immutable and thread-safe.
/// </summary>
public sealed class EmbeddingRegressionTransformer : ModelSpaceTransformer
{
    internal const string LoaderName = "ModelSpaceEmbedding";

    private static readonly ModelFormat s_format = new("MSEMBREG", LoaderName, 2);
    private readonly string _input;
    private readonly string _output;
    private readonly InverseRegression[] _stages;
    private readonly Perceptron[] _members;
    private readonly DistanceHead? _head;
    private readonly string[] _classes;

    internal EmbeddingRegressionTransformer(
        IHostEnvironment env, string input, string output, EmbeddingSpace space, InverseRegression[] stages, Perceptron[] members,
        IReadOnlyList<EmbeddingEpoch> curve, DistanceHead? head, string[] classes)
        : base(env, s_format)
    {
        foreach (Perceptron member in members)
        {
            if (member.InputSize != members[0].InputSize || member.OutputSize != members[0].OutputSize)
                throw new InvalidDataException("The networks of an encoder differ in size.");
        }

        foreach (InverseRegression stage in stages)
        {
            if (stage.InputSize != stages[0].InputSize || stage.Classes != members[0].InputSize)
                throw new InvalidDataException("The inverse regressions of an encoder and its networks differ in size.");
        }

        _input = input;
        _output = output;
        _stages = stages;
        _members = members;
        _head = head;
        _classes = classes;
        Space = space;
        LearningCurve = curve;
    }

    /// <summary>The space that models are placed in.</summary>
    public EmbeddingSpace Space { get; }

    /// <summary>Number of values of an embedding.</summary>
    public int Dimension => _members[0].OutputSize;

    /// <summary>Number of features that are read.</summary>
    public int FeatureCount => _stages.Length > 0 ? _stages[0].InputSize : _members[0].InputSize;

    /// <summary>The learning curves of all networks, one after another.</summary>
    public IReadOnlyList<EmbeddingEpoch> LearningCurve { get; }

    /// <summary>Whether a distance head was trained.</summary>
    public bool HasDistanceHead => _head is not null;

    /// <summary>The place of a model.</summary>
    /// <param name="features">Finite values, as many as <see cref="FeatureCount"/>.</param>
    /// <exception cref="ArgumentException">Another number of features, or one that is not finite.</exception>
    public float[] Embed(ReadOnlySpan<float> features)
    {
        Check(features);
        int stages = Math.Max(1, _stages.Length), count = stages * _members.Length;
        float[] outputs = new float[count * Dimension], place = new float[Dimension];
        for (int stage = 0; stage < stages; stage++)
        {
            ReadOnlySpan<float> inputs = _stages.Length == 0 ? features : Estimate(_stages[stage], features);
            for (int i = 0; i < _members.Length; i++)
                _members[i].Apply(inputs, outputs.AsSpan(((stage * _members.Length) + i) * Dimension, Dimension));
        }

        EmbeddingEnsemble.Average(outputs, count, Space, place);
        return place;
    }

    /// <summary>The distance of two models by the head that was trained on pairs: radians on the sphere, hyperbolic in the ball.</summary>
    /// <param name="first">Features of a model.</param>
    /// <param name="second">Features of another; the order does not matter.</param>
    /// <exception cref="InvalidOperationException">No distance head was trained.</exception>
    /// <exception cref="ArgumentException">Another number of features, or one that is not finite.</exception>
    public double PredictDistance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        DistanceHead head = RequireHead();
        Check(first);
        Check(second);
        return head.Distance(InputsOfHead(first), InputsOfHead(second));
    }

    internal string FeatureColumnName => _input;

    /// <summary>What the distance head makes of one model; <see cref="DistanceOfCodes"/> takes two of them.</summary>
    internal float[] EncodeForDistance(ReadOnlySpan<float> features)
    {
        DistanceHead head = RequireHead();
        Check(features);
        return head.Encode(InputsOfHead(features));
    }

    internal double DistanceOfCodes(ReadOnlySpan<float> first, ReadOnlySpan<float> second) => RequireHead().DistanceOfCodes(first, second);

    private static float[] Estimate(InverseRegression stage, ReadOnlySpan<float> features)
    {
        float[] direction = new float[stage.Classes];
        stage.Estimate(features, direction);
        return direction;
    }

    /// <summary>The features, or the mean of what the inverse regressions make of them.</summary>
    private ReadOnlySpan<float> InputsOfHead(ReadOnlySpan<float> features)
    {
        if (_stages.Length == 0)
            return features;
        float[] mean = new float[_stages[0].Classes];
        foreach (InverseRegression stage in _stages)
            TensorPrimitives.Add(mean, Estimate(stage, features), mean);
        TensorPrimitives.Divide(mean, _stages.Length, mean);
        return mean;
    }

    private DistanceHead RequireHead() =>
        _head ?? throw new InvalidOperationException("This encoder has no distance head: set Options.TrainDistanceHead before training.");

    private static EmbeddingRegressionTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => s_format.Load(ctx, reader => Read(env, reader, ctx.Header.ModelVerWritten));

    private static EmbeddingRegressionTransformer Read(IHostEnvironment env, BinaryReader reader, uint version)
    {
        string input = ModelContent.ReadText(reader, "feature column");
        string output = ModelContent.ReadText(reader, "output column");
        EmbeddingSpace space = EmbeddingContent.ReadSpace(reader);
        var stages = new InverseRegression[ModelContent.ReadCount(reader, "inverse regressions", 0, CrossFitting.MaxFolds)];
        for (int i = 0; i < stages.Length; i++)
            stages[i] = InverseRegression.Read(reader);
        var members = new Perceptron[ModelContent.ReadCount(reader, "networks", 1, 64)];
        for (int i = 0; i < members.Length; i++)
            members[i] = Perceptron.Read(reader);
        List<EmbeddingEpoch> curve = EmbeddingContent.ReadCurve(reader);
        DistanceHead? head = reader.ReadBoolean() ? DistanceHead.Read(reader) : null;
        return new EmbeddingRegressionTransformer(env, input, output, space, stages, members, curve, head, version < 2 ? [] : EmbeddingContent.ReadClasses(reader, members[0].OutputSize));
    }

    private protected override void Write(BinaryWriter writer)
    {
        writer.Write(_input);
        writer.Write(_output);
        writer.Write((byte)Space);
        writer.Write(_stages.Length);
        foreach (InverseRegression stage in _stages)
            stage.Write(writer);
        writer.Write(_members.Length);
        foreach (Perceptron member in _members)
            member.Write(writer);
        EmbeddingContent.WriteCurve(writer, LearningCurve);
        writer.Write(_head is not null);
        _head?.Write(writer);
        EmbeddingContent.WriteClasses(writer, _classes);
    }

    private protected override RowBinding Bind(DataViewSchema input, long? rows)
    {
        DataViewSchema.Column column = SchemaErrors.RequireFloatVector(input, _input, knownSize: false, "feature");
        if (((VectorDataViewType)column.Type).Size is int size and not 0 && size != FeatureCount)
            throw SchemaErrors.Mismatch(_input, $"Vector<Single, {FeatureCount}>", column.Type.ToString()!, "feature");
        return new EmbeddingBinding(input, column, _output, Dimension, Embed, EmbeddingContent.Annotations(Space, _classes));
    }

    private void Check(ReadOnlySpan<float> features)
    {
        if (features.Length != FeatureCount)
            throw new ArgumentException($"There are {features.Length} features; the encoder was trained on {FeatureCount}.", nameof(features));
        FiniteNumbers.Require(features, nameof(features));
    }
}
