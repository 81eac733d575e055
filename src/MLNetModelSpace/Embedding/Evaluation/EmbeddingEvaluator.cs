using System.Numerics.Tensors;

namespace MLNetModelSpace.Embedding;

/// <summary>The computations behind <see cref="EmbeddingMetrics"/>.</summary>
internal sealed class EmbeddingEvaluator
{
    private const double MinLipschitzDistance = 1e-3;

    private readonly EmbeddingMetrics.Options _options;
    private readonly float[][] _targets;
    private readonly double[] _targetDistances;
    private readonly (int First, int Second)[] _pairs;

    public EmbeddingEvaluator(float[][] targets, EmbeddingMetrics.Options options)
    {
        if (targets.Length < 3)
            throw new ArgumentException($"There are {targets.Length} models; distances of pairs need at least 3.", nameof(targets));
        _options = options;
        _targets = targets;
        _pairs = ChoosePairs(targets.Length, options.MaxPairs, ContextSeed.ToInt32(options.Seed!.Value));
        _targetDistances = Distances(targets, options.Space);
    }

    /// <summary>The pairs that distances are compared over.</summary>
    public IReadOnlyList<(int First, int Second)> Pairs => _pairs;

    public static float[] Target(ReadOnlySpan<float> shares, EmbeddingMetrics.Options options) =>
        options.Space == EmbeddingSpace.Sphere
            ? DatasetTargets.OnSphere(shares, options.Basis)
            : DatasetTargets.InBall(shares, options.BallRadius, options.Basis);

    public EmbeddingMetrics Evaluate(float[][] embeddings)
    {
        var shuffled = new float[_targets.Length][];
        int[] order = Shuffled(_targets.Length, new Random(ContextSeed.ToInt32(_options.Seed!.Value)));
        for (int i = 0; i < shuffled.Length; i++)
            shuffled[i] = _targets[order[i]];
        var constant = new float[_targets.Length][];
        Array.Fill(constant, MeanVector());
        var shuffledEvaluator = new EmbeddingEvaluator(shuffled, _options);
        return Measure(embeddings, Measure(constant, null, null), shuffledEvaluator.Measure(embeddings, null, null));
    }

    /// <summary>The angle between directions, in degrees. Half angles keep the digits that an arccosine near one loses.</summary>
    public static double AngleInDegrees(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => AngleInRadians(x, y) * (180 / Math.PI);

    public static double AngleInRadians(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double nx = TensorPrimitives.Norm(x), ny = TensorPrimitives.Norm(y);
        if (!(nx > 0) || !(ny > 0))
            throw new ArgumentException("A vector of zero length has no direction.", nameof(x));
        double apart = 0, together = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double a = x[i] / nx, b = y[i] / ny;
            apart += (a - b) * (a - b);
            together += (a + b) * (a + b);
        }

        return 2 * Math.Atan2(Math.Sqrt(apart), Math.Sqrt(together));
    }

    private EmbeddingMetrics Measure(float[][] embeddings, EmbeddingMetrics? mean, EmbeddingMetrics? shuffled)
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        int n = embeddings.Length, dimension = _targets[0].Length;
        double[] angles = new double[n];
        double cosines = 0;
        for (int i = 0; i < n; i++)
        {
            double angle = AngleInRadians(embeddings[i], _targets[i]);
            cosines += Math.Cos(angle);
            angles[i] = angle * (180 / Math.PI);
        }

        (double squares, double rSquared, double[] perAxis) = Errors(embeddings, dimension);
        double[] distances = Distances(embeddings, _options.Space);
        double[] ratios = LipschitzRatios(distances);
        double[] ranks = Ranks(embeddings);
        return new EmbeddingMetrics
        {
            Count = n,
            MeanAngle = TensorPrimitives.Sum<double>(angles) / n,
            MedianAngle = Quantiles.Of(angles, 0.5),
            MeanCosine = cosines / n,
            MeanSquaredError = squares,
            RSquared = rSquared,
            RSquaredPerAxis = perAxis,
            DistancePearson = RankCorrelation.Pearson(distances, _targetDistances),
            DistanceSpearman = RankCorrelation.Spearman(distances, _targetDistances),
            DistanceKendall = RankCorrelation.Kendall(distances, _targetDistances),
            Pairs = _pairs.Length,
            LipschitzRatio = ratios.Length == 0 ? 0 : TensorPrimitives.Max<double>(ratios),
            MedianLipschitzRatio = ratios.Length == 0 ? 0 : Quantiles.Of(ratios, 0.5),
            LipschitzRatio95 = ratios.Length == 0 ? 0 : Quantiles.Of(ratios, 0.95),
            RecallAt1 = Recall(ranks, 1),
            RecallAt5 = Recall(ranks, 5),
            RecallAt10 = Recall(ranks, 10),
            MedianRank = Quantiles.Of(ranks, 0.5),
            MeanVectorBaseline = mean,
            ShuffledBaseline = shuffled,
        };
    }

    private float[] MeanVector()
    {
        float[] mean = new float[_targets[0].Length];
        if (_options.MeanVector is { } given)
        {
            if (given.Count != mean.Length)
                throw new ArgumentException($"The mean vector has {given.Count} values; targets have {mean.Length}.", nameof(EmbeddingMetrics.Options.MeanVector));
            for (int i = 0; i < mean.Length; i++)
                mean[i] = given[i];
            return mean;
        }

        foreach (float[] target in _targets)
            TensorPrimitives.Add(mean, target, mean);
        TensorPrimitives.Divide(mean, _targets.Length, mean);
        if (_options.Space == EmbeddingSpace.Sphere)
            DatasetTargets.Normalize(mean, "The mean vector");
        return mean;
    }

    private (double MeanSquare, double RSquared, double[] PerAxis) Errors(float[][] embeddings, int dimension)
    {
        double[] mean = new double[dimension], residual = new double[dimension], total = new double[dimension];
        float[][] targets = Array.ConvertAll(_targets, Unit);
        foreach (float[] target in targets)
        {
            for (int d = 0; d < dimension; d++)
                mean[d] += target[d] / targets.Length;
        }

        for (int i = 0; i < targets.Length; i++)
        {
            float[] predicted = Unit(embeddings[i]);
            for (int d = 0; d < dimension; d++)
            {
                double error = (double)predicted[d] - targets[i][d], spread = targets[i][d] - mean[d];
                residual[d] += error * error;
                total[d] += spread * spread;
            }
        }

        double[] perAxis = new double[dimension];
        for (int d = 0; d < dimension; d++)
            perAxis[d] = Explained(residual[d], total[d]);
        double residuals = TensorPrimitives.Sum<double>(residual);
        return (residuals / targets.Length / dimension, Explained(residuals, TensorPrimitives.Sum<double>(total)), perAxis);
    }

    private static double Explained(double residual, double total) => total > 0 ? 1 - (residual / total) : 0;

    private static float[] Unit(float[] vector)
    {
        float[] copy = [.. vector];
        DatasetTargets.Normalize(copy, "An embedding");
        return copy;
    }

    public static double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y, EmbeddingSpace space) =>
        space == EmbeddingSpace.Sphere ? AngleInRadians(x, y) : PoincareBall.Distance(x, y);

    /// <summary>The distances of all <see cref="Pairs"/> of points.</summary>
    public double[] Distances(float[][] points, EmbeddingSpace space)
    {
        double[] distances = new double[_pairs.Length];
        for (int i = 0; i < distances.Length; i++)
        {
            if ((i & 0xFFFF) == 0)
                _options.CancellationToken.ThrowIfCancellationRequested();
            distances[i] = Distance(points[_pairs[i].First], points[_pairs[i].Second], space);
        }

        return distances;
    }

    private double[] LipschitzRatios(double[] distances)
    {
        var ratios = new List<double>(distances.Length);
        for (int i = 0; i < distances.Length; i++)
        {
            if (_targetDistances[i] >= MinLipschitzDistance)
                ratios.Add(distances[i] / _targetDistances[i]);
        }

        return [.. ratios];
    }

    private double[] Ranks(float[][] embeddings)
    {
        double[] ranks = new double[embeddings.Length];
        ParallelLoops.For(ranks.Length, _options.CancellationToken, i =>
        {
            double own = Distance(_targets[i], embeddings[i], _options.Space);
            int nearer = 0, equal = 0;
            for (int j = 0; j < embeddings.Length; j++)
            {
                if (j == i)
                    continue;
                double other = Distance(_targets[i], embeddings[j], _options.Space);
                if (other < own)
                    nearer++;
                else if (other == own)
                    equal++;
            }

            ranks[i] = 1 + nearer + (equal / 2.0);
        });
        return ranks;
    }

    private static double Recall(double[] ranks, int k)
    {
        int found = 0;
        foreach (double rank in ranks)
            found += rank <= k ? 1 : 0;
        return (double)found / ranks.Length;
    }

    internal static int[] Shuffled(int count, Random random)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        random.Shuffle(order);
        return order;
    }

    private static (int First, int Second)[] ChoosePairs(int count, int limit, int seed)
    {
        long all = (long)count * (count - 1) / 2;
        var pairs = new (int, int)[Math.Min(all, limit)];
        if (all <= limit)
        {
            int next = 0;
            for (int i = 0; i < count; i++)
            {
                for (int j = i + 1; j < count; j++)
                    pairs[next++] = (i, j);
            }

            return pairs;
        }

        var random = new Random(seed);
        for (int i = 0; i < pairs.Length; i++)
        {
            int first = random.Next(count), second = random.Next(count - 1);
            pairs[i] = (first, second >= first ? second + 1 : second);
        }

        return pairs;
    }
}
