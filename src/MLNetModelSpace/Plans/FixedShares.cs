using System.Globalization;

namespace MLNetModelSpace.Plans;

internal sealed class FixedShares : ZooShares
{
    private const double Tolerance = 1e-6;

    private readonly string[] _classes;
    private readonly double[][] _proportions;

    public FixedShares(string[] classes, IReadOnlyList<double>[] proportions)
    {
        ArgumentNullException.ThrowIfNull(proportions);
        if (proportions.Length == 0)
            throw new ArgumentException("There are no proportions; expected at least one list.", nameof(proportions));
        _classes = classes;
        _proportions = new double[proportions.Length][];
        for (int i = 0; i < proportions.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(proportions[i], nameof(proportions));
            double[] list = [.. proportions[i]];
            int wrong = Array.FindIndex(list, share => !double.IsFinite(share) || share < 0);
            if (wrong >= 0)
                throw new ArgumentException($"Share {wrong} of list {i} is {Text(list[wrong])}; expected 0 or more.", nameof(proportions));
            if (Math.Abs(list.Sum() - 1) > Tolerance)
                throw new ArgumentException($"The shares of list {i} sum to {Text(list.Sum())}; expected 1.", nameof(proportions));
            _proportions[i] = list;
        }
    }

    internal override ResolvedShares Resolve(ImageDataset dataset)
    {
        int[] found = FindClasses(dataset, _classes, atLeast: 1);
        int other = Array.FindIndex(_proportions, list => list.Length != found.Length);
        if (other >= 0)
            throw new ArgumentException($"List {other} has {_proportions[other].Length} shares; expected one for each of {found.Length} classes.");
        return new Resolved(found, _proportions);
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private sealed class Resolved(int[] found, double[][] proportions) : ResolvedShares(found)
    {
        public override int GroupCount => proportions.Length;

        public override int MaxCount(int position, int images)
        {
            int most = 0;
            Span<int> counts = new int[Classes.Length];
            foreach (double[] list in proportions)
            {
                Round(list, images, counts);
                most = Math.Max(most, counts[position]);
            }

            return most;
        }

        public override void Draw(int group, int images, ref PlanRandom random, Span<int> counts) => Round(proportions[group], images, counts);

        /// <summary>Rounds down, then gives what is left to the largest remainders, the first of equal ones.</summary>
        private static void Round(double[] list, int images, Span<int> counts)
        {
            Span<double> remainders = stackalloc double[ImageDataset.MaxClasses];
            int left = images;
            for (int i = 0; i < list.Length; i++)
            {
                // A share that is exact but for its last bits must not be rounded down.
                double exact = list[i] * images;
                counts[i] = (int)Math.Min(left, Math.Floor(exact + Tolerance));
                remainders[i] = exact - counts[i];
                left -= counts[i];
            }

            for (; left > 0; left--)
            {
                int largest = 0;
                for (int i = 1; i < list.Length; i++)
                {
                    if (remainders[i] > remainders[largest])
                        largest = i;
                }

                counts[largest]++;
                remainders[largest]--;
            }
        }
    }
}
