using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>The computations behind <see cref="DistanceMetrics"/>.</summary>
internal static class DistanceEvaluator
{
    public static DistanceMetrics Evaluate(EmbeddingRegressionTransformer encoder, IDataView data, EmbeddingMetrics.Options options)
    {
        if (options.Space != encoder.Space)
            throw new ArgumentException($"The encoder places models in {encoder.Space}; the options ask for {options.Space}.", nameof(options));
        ColumnMatrix[] columns = ColumnMatrix.Read(data, options.CancellationToken, encoder.FeatureColumnName, options.SharesColumnName);
        ClassBasis.CheckClasses(columns[1].Columns, nameof(options.SharesColumnName));
        int count = columns[0].Rows;
        float[][] codes = new float[count][], places = new float[count][], targets = new float[count][];
        for (int i = 0; i < count; i++)
        {
            codes[i] = encoder.EncodeForDistance(columns[0][i]);
            places[i] = encoder.Embed(columns[0][i]);
            targets[i] = EmbeddingEvaluator.Target(columns[1][i], options);
        }

        var evaluator = new EmbeddingEvaluator(targets, options);
        double[] actual = evaluator.Distances(targets, options.Space);
        DistanceMetrics embedded = Compare(evaluator.Distances(places, options.Space), actual, null);
        double[] predicted = new double[actual.Length];
        for (int i = 0; i < predicted.Length; i++)
        {
            if ((i & 0xFFFF) == 0)
                options.CancellationToken.ThrowIfCancellationRequested();
            (int first, int second) = evaluator.Pairs[i];
            predicted[i] = encoder.DistanceOfCodes(codes[first], codes[second]);
        }

        return Compare(predicted, actual, embedded);
    }

    private static DistanceMetrics Compare(double[] predicted, double[] actual, DistanceMetrics? embedded)
    {
        double mean = TensorPrimitives.Sum<double>(actual) / actual.Length, absolute = 0, squares = 0, spread = 0, around = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double error = predicted[i] - actual[i], gap = actual[i] - mean;
            absolute += Math.Abs(error);
            squares += error * error;
            around += Math.Abs(gap);
            spread += gap * gap;
        }

        return new DistanceMetrics
        {
            Pairs = actual.Length,
            MeanAbsoluteError = absolute / actual.Length,
            RootMeanSquaredError = Math.Sqrt(squares / actual.Length),
            RSquared = spread > 0 ? 1 - (squares / spread) : 0,
            Pearson = RankCorrelation.Pearson(predicted, actual),
            Spearman = RankCorrelation.Spearman(predicted, actual),
            Kendall = RankCorrelation.Kendall(predicted, actual),
            MeanDistanceError = around / actual.Length,
            FromEmbeddings = embedded,
        };
    }
}

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

    public static MixtureMetrics Evaluate(IDataView data, string embeddingColumnName, EmbeddingSpace space)
    {
        ColumnMatrix embeddings = ColumnMatrix.Read(data, default, embeddingColumnName)[0];
        var places = new SortedDictionary<uint, (int Row, int Count)[]>();
        DataViewSchema.Column[] columns =
        [
            SchemaErrors.Require(data.Schema, ZooColumns.Mixture), SchemaErrors.Require(data.Schema, ZooColumns.MixtureRole),
            SchemaErrors.Require(data.Schema, ZooColumns.ImageCount),
        ];
        using (DataViewRowCursor cursor = data.GetRowCursor(columns))
        {
            ValueGetter<uint> readMixture = cursor.GetGetter<uint>(columns[0]), readRole = cursor.GetGetter<uint>(columns[1]);
            ValueGetter<int> readCount = cursor.GetGetter<int>(columns[2]);
            uint mixture = 0, role = 0;
            int count = 0;
            for (int row = 0; cursor.MoveNext(); row++)
            {
                readMixture(ref mixture);
                readRole(ref role);
                readCount(ref count);
                if (role is < 1 or > 3)
                    throw new InvalidDataException($"Row {row} has the role {role}; expected First, Second or Union.");
                if (!places.TryGetValue(mixture, out (int, int)[]? parts))
                    places.Add(mixture, parts = [(-1, 0), (-1, 0), (-1, 0)]);
                parts[role - 1] = (row, count);
            }
        }

        double[] angles = new double[places.Count], others = new double[places.Count];
        (int Row, int Count)[][] all = [.. places.Values];
        for (int i = 0; i < all.Length; i++)
        {
            if (Array.Exists(all[i], part => part.Row < 0))
                throw new InvalidDataException($"Mixture {i} lacks one of its rows: First, Second, Union.");
            float[] sum = Sum(embeddings[all[i][0].Row], all[i][0].Count, embeddings[all[i][1].Row], all[i][1].Count, space);
            angles[i] = EmbeddingEvaluator.AngleInDegrees(sum, embeddings[all[i][2].Row]);
            others[i] = EmbeddingEvaluator.AngleInDegrees(sum, embeddings[all[(i + 1) % all.Length][2].Row]);
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
