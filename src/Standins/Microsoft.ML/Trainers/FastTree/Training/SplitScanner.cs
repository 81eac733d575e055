namespace Microsoft.ML.Trainers.FastTree;

/// <summary>
/// Finds the best place to cut a histogram in two. It goes from the highest bin down and takes the first of equals, so that of the bins that cut the
/// rows alike the highest is the threshold.
/// </summary>
internal static class SplitScanner
{
    /// <summary>The best split of an unweighted histogram; its bin is -1 where no cut leaves enough rows on both sides.</summary>
    public static SplitCandidate Scan(ReadOnlySpan<double> histogram, double sum, int count, int minimumExamples)
    {
        double right = 0, rightCount = 0, best = double.NegativeInfinity, bestSum = 0, bestRight = 0, bestCount = 0;
        double least = Math.Max(1, minimumExamples), most = count - least;
        int bestBin = -1;
        for (int at = histogram.Length - 2; at > 0; at -= 2)
        {
            double rows = histogram[at + 1];
            if (rows == 0)
                continue;
            right += histogram[at];
            rightCount += rows;
            if (rightCount < least)
                continue;
            if (rightCount > most)
                break;
            double left = sum - right, shifted = left * left / (count - rightCount) + right * right / rightCount;
            if (shifted > best)
            {
                best = shifted;
                bestBin = (at >> 1) - 1;
                bestSum = left;
                bestRight = right;
                bestCount = count - rightCount;
            }
        }
        return new SplitCandidate
        {
            Bin = bestBin,
            Gain = best - sum * sum / count,
            LeftSum = bestSum,
            RightSum = bestRight,
            LeftWeight = bestCount,
        };
    }

    /// <summary>As <see cref="Scan"/>, with weights in place of counts in the gain; the minimum still counts rows.</summary>
    public static SplitCandidate ScanWeighted(ReadOnlySpan<double> histogram, double sum, double weight, int count, int minimumExamples)
    {
        double right = 0, rightWeight = 0, rightCount = 0, best = double.NegativeInfinity, bestSum = 0, bestRight = 0, bestWeight = 0;
        double least = Math.Max(1, minimumExamples), most = count - least;
        int bestBin = -1;
        for (int at = histogram.Length - 3; at > 0; at -= 3)
        {
            double rows = histogram[at + 1];
            if (rows == 0)
                continue;
            right += histogram[at];
            rightWeight += histogram[at + 2];
            rightCount += rows;
            if (rightCount < least)
                continue;
            if (rightCount > most)
                break;
            double left = sum - right, leftWeight = weight - rightWeight;
            if (leftWeight <= 0 || rightWeight <= 0)
                continue;
            double shifted = left * left / leftWeight + right * right / rightWeight;
            if (shifted > best)
            {
                best = shifted;
                bestBin = at / 3 - 1;
                bestSum = left;
                bestRight = right;
                bestWeight = leftWeight;
            }
        }
        return new SplitCandidate
        {
            Bin = bestBin,
            Gain = best - sum * sum / weight,
            LeftSum = bestSum,
            RightSum = bestRight,
            LeftWeight = bestWeight,
        };
    }
}
