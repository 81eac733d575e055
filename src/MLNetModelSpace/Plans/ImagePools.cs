namespace MLNetModelSpace.Plans;

/// <summary>
/// A dataset's images, class by class, split in half by a seed: the first half for training, the other for testing; each half is
/// parted among folds. What one fold has, no other fold and no other half has. Immutable.
/// </summary>
internal sealed class ImagePools
{
    private readonly int[][] _shuffled;

    public ImagePools(ImageDataset dataset, long seed)
    {
        Dataset = dataset;
        _shuffled = new int[dataset.ClassCount][];
        for (int i = 0; i < _shuffled.Length; i++)
        {
            _shuffled[i] = dataset.IndicesOf(i).ToArray();
            PlanRandom.For(seed, (ulong)i).Shuffle(_shuffled[i]);
        }
    }

    public ImageDataset Dataset { get; }

    /// <summary>The images of a class in a half; the training half has the odd one.</summary>
    public ReadOnlySpan<int> Half(int classIndex, bool test)
    {
        int[] images = _shuffled[classIndex];
        int middle = (images.Length + 1) / 2;
        return test ? images.AsSpan(middle) : images.AsSpan(0, middle);
    }

    /// <summary>The images of a class in one fold of a half; folds differ by one image at most.</summary>
    public ReadOnlySpan<int> Fold(int classIndex, bool test, int fold, int folds)
    {
        ReadOnlySpan<int> half = Half(classIndex, test);
        int from = (int)((long)half.Length * fold / folds), to = (int)((long)half.Length * (fold + 1) / folds);
        return half[from..to];
    }
}
