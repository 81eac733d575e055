using System.Numerics.Tensors;
using Microsoft.ML;

namespace MLNetModelSpace.Embedding;

/// <summary>The computations behind <see cref="DistanceMetrics"/>.</summary>
internal static class DistanceEvaluator
{
    public static DistanceMetrics Evaluate(EmbeddingRegressionTransformer encoder, IDataView data, EmbeddingEvaluationOptions options)
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
