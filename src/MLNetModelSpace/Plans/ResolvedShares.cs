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
    public abstract void Draw(int group, int images, ref PlanRandom random, Span<int> counts);
}
