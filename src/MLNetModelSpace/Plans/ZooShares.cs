namespace MLNetModelSpace;

/// <summary>
/// Which classes the models of a zoo are trained on, and in what proportions. Immutable; names are looked up when a plan is made.
/// </summary>
public abstract class ZooShares
{
    private protected ZooShares()
    {
    }

    /// <summary>
    /// Every model is trained on one class, and every class has as many models. The plan has the columns <c>OriginClass</c> and, for two
    /// classes, <c>Origin</c>, which is true for the class named first.
    /// </summary>
    /// <param name="classes">Names or numbers, each once; none for all classes of the dataset that have images.</param>
    public static ZooShares OneClassEach(params string[] classes) => new OneClassShares(Copy(classes));

    /// <summary>
    /// Every model has proportions of its own, drawn from a symmetric Dirichlet distribution, and counts of images drawn from the
    /// multinomial distribution with these.
    /// </summary>
    /// <param name="classes">Names or numbers, each once, at least two; none for all classes of the dataset that have images.</param>
    /// <param name="concentration">
    /// The distribution's parameter, above 0: 1 (the default) makes all proportions equally likely, less favours single classes, more
    /// favours equal proportions.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The concentration is not a finite number above 0.</exception>
    public static ZooShares Dirichlet(IEnumerable<string>? classes = null, double concentration = 1) =>
        new DirichletShares(Copy(classes ?? []), concentration);

    /// <summary>
    /// Models take given proportions in turn, and each of them has as many models. Counts of images are the proportions of the
    /// sample's size, rounded so that they add up to it (largest remainders).
    /// </summary>
    /// <param name="classes">Names or numbers, each once; none for all classes of the dataset that have images.</param>
    /// <param name="proportions">One or more lists, each with a number for every class: none negative, their sum 1 (to 1e-6).</param>
    /// <exception cref="ArgumentException">A list is empty, has a negative number or one that is not finite, or does not sum to 1.</exception>
    public static ZooShares Fixed(IEnumerable<string> classes, params IReadOnlyList<double>[] proportions) =>
        new FixedShares(Copy(classes), proportions);

    /// <summary>Finds the classes in a dataset.</summary>
    /// <exception cref="ArgumentException">A class is unknown or occurs twice, or there are too few or too many.</exception>
    internal abstract ResolvedShares Resolve(ImageDataset dataset);

    /// <summary>The classes' numbers.</summary>
    private protected static int[] FindClasses(ImageDataset dataset, string[] classes, int atLeast)
    {
        int[] indices = classes.Length == 0
            ? [.. Enumerable.Range(0, dataset.ClassCount).Where(label => dataset.IndicesOf(label).Length > 0)]
            : Array.ConvertAll(classes, dataset.ClassIndex);
        for (int i = 0; i < indices.Length; i++)
        {
            if (Array.IndexOf(indices, indices[i]) < i)
                throw new ArgumentException($"Class '{dataset.ClassNames[indices[i]]}' is named twice; expected each class once.", nameof(classes));
        }

        if (indices.Length < atLeast)
            throw new ArgumentException($"There is {indices.Length} class; expected at least {atLeast}.", nameof(classes));
        return indices;
    }

    private static string[] Copy(IEnumerable<string> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        string[] names = [.. classes];
        foreach (string name in names)
            ArgumentNullException.ThrowIfNull(name, nameof(classes));
        return names;
    }
}
