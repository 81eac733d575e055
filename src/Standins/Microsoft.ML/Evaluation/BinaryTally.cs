using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>Counts scored rows of two classes and ranks them.</summary>
internal sealed class BinaryTally
{
    private const int RadixBits = 11;
    private const int Buckets = 1 << RadixBits;

    // One word a row: the score's bits, ordered as numbers are but from high to low, above a bit for the label.
    private ulong[] _rows = new ulong[1024];
    private int _count;
    private double _logLoss;

    public double TruePositives { get; private set; }

    public double FalsePositives { get; private set; }

    public double TrueNegatives { get; private set; }

    public double FalseNegatives { get; private set; }

    public double Positives => TruePositives + FalseNegatives;

    public double Negatives => TrueNegatives + FalsePositives;

    public double Total => Positives + Negatives;

    /// <summary>The sum of -log₂ of the probability of what was true.</summary>
    public double LogLoss => _logLoss / Math.Log(2);

    public double Entropy
    {
        get
        {
            double p = Positives / Total;
            return p is 0 or 1 ? 0 : -(p * Math.Log2(p)) - ((1 - p) * Math.Log2(1 - p));
        }
    }

    public double AreaUnderRocCurve { get; private set; }

    public double AreaUnderPrecisionRecallCurve { get; private set; }

    /// <summary>Adds a row with a finite score. A probability of NaN makes the loss NaN.</summary>
    public void Add(bool label, float score, float probability)
    {
        if (label)
        {
            if (score > 0)
                TruePositives++;
            else
                FalseNegatives++;
            _logLoss -= Math.Log(probability);
        }
        else
        {
            if (score > 0)
                FalsePositives++;
            else
                TrueNegatives++;
            _logLoss -= Math.Log(1 - (double)probability);
        }
        if (_count == _rows.Length)
            Array.Resize(ref _rows, checked(2 * _count));
        // Adding zero makes the two zeros one.
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        uint ascending = bits ^ ((uint)((int)bits >> 31) | 0x80000000u);
        _rows[_count++] = ((ulong)~ascending << 1) | (label ? 1ul : 0);
    }

    /// <summary>Ranks the rows once all are added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are rows of one class only.</exception>
    public void Rank()
    {
        if (Positives == 0)
            throw new ArgumentOutOfRangeException("PosSample", "AUC is not defined when there is no positive class in the data");
        if (Negatives == 0)
            throw new ArgumentOutOfRangeException("NegSample", "AUC is not defined when there is no negative class in the data");
        Sort();
        AreaUnderRocCurve = RocArea();
        AreaUnderPrecisionRecallCurve = PrecisionRecallArea();
    }

    public ConfusionMatrix ToConfusionMatrix()
    {
        string ratio = string.Create(CultureInfo.InvariantCulture, $"TEST POSITIVE RATIO:\t{Positives / Total:F4} ({Positives:F1}/({Positives:F1}+{Negatives:F1}))\n");
        return new ConfusionMatrix([[TruePositives, FalseNegatives], [FalsePositives, TrueNegatives]], ["positive", "negative"], ratio);
    }

    // By radix, so that equal scores stay in the order of the rows.
    private void Sort()
    {
        var other = new ulong[_count];
        var starts = new int[Buckets];
        for (int shift = 1; shift < 33; shift += RadixBits)
        {
            Array.Clear(starts);
            for (int i = 0; i < _count; i++)
                starts[(int)(_rows[i] >> shift) & (Buckets - 1)]++;
            int sum = 0;
            for (int b = 0; b < Buckets; b++)
                (starts[b], sum) = (sum, sum + starts[b]);
            for (int i = 0; i < _count; i++)
                other[starts[(int)(_rows[i] >> shift) & (Buckets - 1)]++] = _rows[i];
            (_rows, other) = (other, _rows);
        }
    }

    // The share of pairs of a positive and a negative that the score puts in order; equal scores count half.
    private double RocArea()
    {
        double ordered = 0, positivesAbove = 0;
        for (int i = 0; i < _count;)
        {
            ulong score = _rows[i] >> 1;
            double positives = 0, negatives = 0;
            for (; i < _count && _rows[i] >> 1 == score; i++)
            {
                if ((_rows[i] & 1) == 1)
                    positives++;
                else
                    negatives++;
            }
            ordered += negatives * (positivesAbove + (positives / 2));
            positivesAbove += positives;
        }
        return ordered / (Positives * Negatives);
    }

    // Trapezoids from row to row, even between rows of equal score: what the official evaluator does.
    private double PrecisionRecallArea()
    {
        double area = 0, found = 0, precision = 1;
        for (int i = 0; i < _count; i++)
        {
            bool positive = (_rows[i] & 1) == 1;
            found += positive ? 1 : 0;
            double next = found / (i + 1);
            if (positive)
                area += (precision + next) / 2;
            precision = next;
        }
        return area / Positives;
    }
}
