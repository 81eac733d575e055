namespace Examples.OriginClassification;

/// <summary>95% intervals of what a classifier scores, by drawing the test models of each class again.</summary>
internal static class OriginIntervals
{
    /// <summary>Precision, recall and AUC; each a lower and an upper end, NaN where no draw has one.</summary>
    /// <param name="labels">Of the test models.</param>
    /// <param name="scores">What the classifier gives each; ties count half.</param>
    /// <param name="predicted">The label it says.</param>
    /// <param name="seed">Of the draws.</param>
    public static (double[] Precision, double[] Recall, double[] Auc) Of(bool[] labels, float[] scores, bool[] predicted, int seed)
    {
        int[] positive = Where(true), negative = Where(false);
        double[] auc = Interval(random =>
        {
            int[] p = Draw(positive, random), n = Draw(negative, random);
            return p.Average(i => n.Average(j => scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0));
        });
        double[] recall = Interval(random => Draw(positive, random).Average(i => predicted[i] ? 1.0 : 0));
        double[] precision = Interval(random =>
        {
            double right = Draw(positive, random).Count(i => predicted[i]), wrong = Draw(negative, random).Count(i => predicted[i]);
            return right / (right + wrong);
        });
        return (precision, recall, auc);

        int[] Where(bool label) => [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == label)];

        double[] Interval(Func<Random, double> draw) => BootstrapIntervals.Interval(seed, draw) is var (lower, upper) ? [lower, upper] : [];

        static int[] Draw(int[] from, Random random) => Array.ConvertAll(from, _ => from[random.Next(from.Length)]);
    }
}
