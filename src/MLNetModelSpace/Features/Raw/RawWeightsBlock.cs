using System.Numerics.Tensors;

namespace MLNetModelSpace.Features;

/// <summary>
/// The weights themselves, aligned to a reference model where that is wanted, one by one or projected. With alignment invariant
/// under permutation and positive scaling of hidden units, where no two units tie.
/// </summary>
internal sealed class RawWeightsBlock : FeatureBlock
{
    private readonly WeightLayout _layout;
    private readonly NetworkChain? _chain;
    private readonly float[] _reference;
    private readonly WeightProjection _projection;
    private readonly int _components;
    private readonly int _seed;
    private readonly float[] _center;
    private readonly float[] _directions;
    private readonly string[] _slots;

    /// <param name="layout">The layout.</param>
    /// <param name="reference">Balanced weights of the model to align to; empty for no alignment.</param>
    /// <param name="projection">What becomes of the weights.</param>
    /// <param name="components">Numbers a projection gives.</param>
    /// <param name="seed">Of a random projection.</param>
    /// <param name="center">Subtracted before principal components; else empty.</param>
    /// <param name="directions">Principal directions, row by row; else empty.</param>
    public RawWeightsBlock(
        WeightLayout layout, float[] reference, WeightProjection projection, int components, int seed, float[] center, float[] directions)
    {
        _layout = layout;
        _chain = reference.Length > 0 ? NetworkChain.Of(layout) : null;
        _reference = reference;
        _projection = projection;
        _components = components;
        _seed = seed;
        _center = center;
        _directions = projection == WeightProjection.Random ? Draw(layout.Length, components, seed) : directions;
        _slots = [.. NameSlots()];
    }

    public override WeightFeatures Family => WeightFeatures.RawWeights;

    public override IReadOnlyList<string> Slots => _slots;

    public override VectorEvaluator CreateEvaluator() => new Evaluator(this);

    public override void Write(BinaryWriter writer)
    {
        ModelContent.WriteFloats(writer, _reference);
        writer.Write((int)_projection);
        writer.Write(_components);
        writer.Write(_seed);
        ModelContent.WriteFloats(writer, _center);
        ModelContent.WriteFloats(writer, _projection == WeightProjection.PrincipalComponents ? _directions : []);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static RawWeightsBlock Read(BinaryReader reader, WeightLayout layout)
    {
        float[] reference = ModelContent.ReadFloats(reader, "reference model", layout.Length);
        var projection = (WeightProjection)ModelContent.ReadCount(reader, "projection", 0, (int)WeightProjection.Random);
        int components = ModelContent.ReadCount(reader, "components", 1, VectorizeWeightsEstimator.Options.RawWeightsOptions.MaxComponents);
        int seed = reader.ReadInt32();
        float[] center = ModelContent.ReadFloats(reader, "center", layout.Length);
        float[] directions = ModelContent.ReadFloats(reader, "principal directions", (int)Math.Min(int.MaxValue / sizeof(float), (long)components * layout.Length));
        bool principal = projection == WeightProjection.PrincipalComponents;
        if ((reference.Length > 0 && reference.Length != layout.Length)
            || center.Length != (principal ? layout.Length : 0) || directions.Length != (principal ? components * layout.Length : 0))
        {
            throw new InvalidDataException($"The projection of raw weights has {center.Length} and {directions.Length} values, which do not fit {layout}.");
        }

        return new RawWeightsBlock(layout, reference, projection, components, seed, center, directions);
    }

    private static float[] Draw(int length, int count, int seed)
    {
        var random = new SplitMix(seed);
        float[] directions = new float[checked(length * count)];
        double scale = 1 / Math.Sqrt(count);
        for (int i = 0; i < directions.Length; i++)
            directions[i] = (float)(random.NextGaussian() * scale);
        return directions;
    }

    private IEnumerable<string> NameSlots()
    {
        if (_projection != WeightProjection.None)
        {
            string name = _projection == WeightProjection.Random ? "random" : "principal";
            return Enumerable.Range(1, _components).Select(i => $"weights {name}{i}");
        }

        return _layout.Tensors.SelectMany(tensor => Enumerable.Range(0, tensor.Length).Select(i => $"{tensor.Name}[{Place(tensor, i)}]"));
    }

    private static string Place(TensorLayout tensor, int index)
    {
        int[] place = new int[tensor.Rank];
        for (int d = tensor.Rank - 1; d >= 0; d--)
            (index, place[d]) = Math.DivRem(index, tensor.Shape[d]);
        return string.Join(',', place);
    }

    private sealed class Evaluator(RawWeightsBlock block) : VectorEvaluator
    {
        private readonly ChainAligner? _aligner = block._chain is null ? null : new ChainAligner(block._chain);
        private readonly float[] _weights = new float[block._layout.Length];

        public override void Evaluate(ReadOnlySpan<float> weights, WeightLayout layout, Span<float> destination)
        {
            weights.CopyTo(_weights);
            _aligner?.Balance(_weights);
            _aligner?.Align(_weights, block._reference);
            if (block._projection == WeightProjection.None)
            {
                _weights.CopyTo(destination);
                return;
            }

            if (block._center.Length > 0)
                TensorPrimitives.Subtract(_weights, block._center, _weights);
            for (int i = 0; i < destination.Length; i++)
            {
                float along = TensorPrimitives.Dot<float>(_weights, block._directions.AsSpan(i * _weights.Length, _weights.Length));
                destination[i] = float.IsNaN(along) ? 0 : Math.Clamp(along, float.MinValue, float.MaxValue);
            }
        }
    }
}
