namespace Microsoft.ML.Data;

/// <summary>Counts scored rows of several classes.</summary>
internal sealed class MulticlassTally
{
    private const double LeastProbability = 1e-15;

    private readonly int _topK;
    private readonly double[][] _counts;
    private readonly double[] _perClass;
    private readonly double[] _losses;
    private readonly double[] _ranks;
    private double _total;
    private double _unknownLoss;

    public MulticlassTally(int classes, int topK)
    {
        _topK = topK;
        _counts = new double[classes][];
        for (int c = 0; c < classes; c++)
            _counts[c] = new double[classes];
        _perClass = new double[classes];
        _losses = new double[classes];
        _ranks = new double[classes + 1];
    }

    /// <summary>Counts a row, unless its label is no class at all: missing, negative, or no whole number.</summary>
    public void Add(float label, ReadOnlySpan<float> scores)
    {
        if (!(label >= 0 && label < int.MaxValue) || !AllFinite(scores))
            return;
        int truth = (int)label;
        if (truth != label)
            return;
        _total++;
        // A class that there is no score for is predicted wrongly, at the greatest loss; it is in no row of the confusion matrix.
        if (truth >= _counts.Length)
        {
            _unknownLoss -= Math.Log(LeastProbability);
            return;
        }
        int best = 0, rank = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            if (scores[c] > scores[best])
                best = c;
            if (scores[c] > scores[truth] || (scores[c] == scores[truth] && c < truth))
                rank++;
        }
        _perClass[truth]++;
        _counts[truth][best]++;
        _ranks[rank]++;
        _losses[truth] -= Math.Log(Math.Clamp(scores[truth], LeastProbability, 1));
    }

    public MulticlassClassificationMetrics ToMetrics(string[] names)
    {
        double right = 0, recalls = 0, present = 0, loss = _unknownLoss, logs = 0;
        var perClassLoss = new double[_counts.Length];
        for (int c = 0; c < _counts.Length; c++)
        {
            loss += _losses[c];
            right += _counts[c][c];
            if (_perClass[c] == 0)
                continue;
            present++;
            recalls += _counts[c][c] / _perClass[c];
            perClassLoss[c] = _losses[c] / _perClass[c];
            double share = _perClass[c] / _total;
            logs += share * Math.Log(share);
        }
        // With one class alone this is -0, and the reduction below +∞.
        double entropy = -logs;
        double mean = _total == 0 ? 0 : loss / _total;
        return new MulticlassClassificationMetrics(
            _total == 0 ? 0 : right / _total, present == 0 ? 0 : recalls / present, mean,
            _total == 0 ? double.NaN : (entropy - mean) / entropy, _topK, TopK(), perClassLoss, new ConfusionMatrix(_counts, names, "\n"));
    }

    private double[] TopK()
    {
        if (_topK == 0)
            return null;
        var shares = new double[_topK];
        double sum = 0;
        for (int k = 0; k < _topK; k++)
        {
            sum += _ranks[k] / _total;
            shares[k] = sum;
        }
        return shares;
    }

    private static bool AllFinite(ReadOnlySpan<float> scores)
    {
        foreach (float score in scores)
        {
            if (!float.IsFinite(score))
                return false;
        }
        return true;
    }
}
