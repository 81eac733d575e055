namespace MLNetModelSpace.Plans;

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

        public override void Draw(int group, int images, ref PlanRandom random, Span<int> counts)
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
