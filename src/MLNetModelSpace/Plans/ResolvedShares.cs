using System.Globalization;

namespace MLNetModelSpace.Plans;

/// <summary>Shares whose classes have been found in a dataset. Models come in groups, of one class or of one list of proportions each.</summary>
internal abstract class ResolvedShares(int[] classes)
{
    /// <summary>The classes' numbers in the dataset; a class's position here is its place in the shares.</summary>
    public int[] Classes { get; } = classes;

    /// <summary>In how many groups models come; one where every model draws its own shares.</summary>
    public abstract int GroupCount { get; }

    /// <summary>Whether group g is class g and nothing else.</summary>
    public virtual bool IsOneClassEach => false;

    /// <summary>The most images of a class that a model may take.</summary>
    public abstract int MaxCount(int position, int images);

    /// <summary>Says how many images of each class a model of that group takes: <paramref name="images"/> in all.</summary>
    public abstract void Draw(int group, int images, SplitMix random, Span<int> counts);
}

internal sealed class OneClassShares(string[] classes) : ZooShares
{
    internal override ResolvedShares Resolve(ImageDataset dataset) => new Resolved(FindClasses(dataset, classes, atLeast: 1));

    private sealed class Resolved(int[] found) : ResolvedShares(found)
    {
        public override int GroupCount => Classes.Length;

        public override bool IsOneClassEach => true;

        public override int MaxCount(int position, int images) => images;

        public override void Draw(int group, int images, SplitMix random, Span<int> counts)
        {
            counts.Clear();
            counts[group] = images;
        }
    }
}

internal sealed class DirichletShares : ZooShares
{
    private readonly string[] _classes;
    private readonly double _concentration;

    public DirichletShares(string[] classes, double concentration)
    {
        if (!double.IsFinite(concentration) || concentration <= 0)
            throw new ArgumentOutOfRangeException(nameof(concentration), concentration, "The concentration is a finite number above 0.");
        _classes = classes;
        _concentration = concentration;
    }

    internal override ResolvedShares Resolve(ImageDataset dataset) => new Resolved(FindClasses(dataset, _classes, atLeast: 2), _concentration);

    private sealed class Resolved(int[] found, double concentration) : ResolvedShares(found)
    {
        public override int GroupCount => 1;

        public override int MaxCount(int position, int images) => images;

        public override void Draw(int group, int images, SplitMix random, Span<int> counts)
        {
            // Gamma variates over their sum are Dirichlet; cumulated here, scaled by the greatest so that one of them is 1.
            Span<double> cumulated = stackalloc double[ImageDataset.MaxClasses];
            cumulated = cumulated[..counts.Length];
            double greatest = double.NegativeInfinity;
            for (int i = 0; i < cumulated.Length; i++)
            {
                cumulated[i] = random.NextLogGamma(concentration);
                greatest = Math.Max(greatest, cumulated[i]);
            }

            double sum = 0;
            for (int i = 0; i < cumulated.Length; i++)
                cumulated[i] = sum += Math.Exp(cumulated[i] - greatest);

            counts.Clear();
            for (int n = 0; n < images; n++)
            {
                double at = random.NextDouble() * sum;
                int i = 0;
                while (i < cumulated.Length - 1 && at >= cumulated[i])
                    i++;
                counts[i]++;
            }
        }
    }
}

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

        public override void Draw(int group, int images, SplitMix random, Span<int> counts) => Round(proportions[group], images, counts);

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
