namespace MLNetModelSpace;

/// <summary>The computations behind <see cref="MixtureMetrics"/>.</summary>
internal static class MixtureEvaluator
{
    public static MixtureMetrics Evaluate(
        ColumnMatrix first, ColumnMatrix second, ColumnMatrix union, IReadOnlyList<(double First, double Second)>? weights, EmbeddingSpace space)
    {
        double[] angles = new double[first.Rows], others = new double[first.Rows];
        for (int i = 0; i < angles.Length; i++)
        {
            (double a, double b) = weights?[i] ?? (1, 1);
            if (!(a > 0 && b > 0) || !double.IsFinite(a + b))
                throw new ArgumentException($"Mixture {i} has the weights {a} and {b}; expected finite values above 0.", nameof(weights));
            float[] sum = Sum(first[i], a, second[i], b, space);
            angles[i] = EmbeddingEvaluator.AngleInDegrees(sum, union[i]);
            others[i] = EmbeddingEvaluator.AngleInDegrees(sum, union[(i + 1) % angles.Length]);
        }

        return new MixtureMetrics(angles, others);
    }

    private static float[] Sum(ReadOnlySpan<float> first, double a, ReadOnlySpan<float> second, double b, EmbeddingSpace space)
    {
        if (space == EmbeddingSpace.PoincareBall)
            return PoincareBall.Midpoint(first, a, second, b);
        float[] sum = new float[first.Length];
        for (int i = 0; i < sum.Length; i++)
            sum[i] = (float)((a * first[i]) + (b * second[i]));
        DatasetTargets.Normalize(sum, "The sum of two embeddings");
        return sum;
    }
}
