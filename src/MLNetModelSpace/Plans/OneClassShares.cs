namespace MLNetModelSpace.Plans;

internal sealed class OneClassShares(string[] classes) : ZooShares
{
    internal override ResolvedShares Resolve(ImageDataset dataset) => new Resolved(FindClasses(dataset, classes, atLeast: 1));

    private sealed class Resolved(int[] found) : ResolvedShares(found)
    {
        public override int GroupCount => Classes.Length;

        public override bool IsOneClassEach => true;

        public override int MaxCount(int position, int images) => images;

        public override void Draw(int group, int images, ref PlanRandom random, Span<int> counts)
        {
            counts.Clear();
            counts[group] = images;
        }
    }
}
