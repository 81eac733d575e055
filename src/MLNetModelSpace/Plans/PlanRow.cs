namespace MLNetModelSpace.Plans;

/// <summary>The model a cursor stands on. What it is trained on is drawn when it is first asked for.</summary>
internal sealed class PlanRow(PlanRows rows) : IndexedRow
{
    private readonly int[] _counts = new int[rows.Classes.Length];
    private readonly int[] _images = new int[rows.MaxImages];
    private int _imageCount;
    private bool _drawn;
    private int[] _scratch = [];

    public long Seed { get; set; }

    /// <summary>Which class, list of proportions, or mixture; from 0.</summary>
    public int Group { get; set; }

    public int Fold { get; set; }

    /// <summary>In a mixture: 0 and 1 for its parts, 2 for their union.</summary>
    public int Role { get; set; }

    /// <summary>Images of each class.</summary>
    public ReadOnlySpan<int> Counts
    {
        get
        {
            Draw();
            return _counts;
        }
    }

    /// <summary>The images, as indices of the dataset.</summary>
    public ReadOnlySpan<int> Images
    {
        get
        {
            Draw();
            return _images.AsSpan(0, _imageCount);
        }
    }

    /// <summary>Equal for equal images of equal datasets in equal order.</summary>
    public ulong Sample
    {
        get
        {
            const ulong odd = 0x9E3779B97F4A7C15;
            ReadOnlySpan<int> images = Images;
            ulong hash = rows.DatasetHash ^ (ulong)images.Length;
            foreach (int image in images)
                hash = PlanRandom.Mix(hash + ((ulong)image + 1) * odd);
            return hash;
        }
    }

    /// <summary>For <see cref="PlanRows.Draw"/>: takes images of the class at a position.</summary>
    public void Take(int position, ReadOnlySpan<int> images)
    {
        _counts[position] += images.Length;
        images.CopyTo(_images.AsSpan(_imageCount));
        _imageCount += images.Length;
    }

    /// <summary>For <see cref="PlanRows.Draw"/>: a random choice from a pool, without repeats; valid until the next call.</summary>
    public ReadOnlySpan<int> Choose(ReadOnlySpan<int> pool, int count, ref PlanRandom random)
    {
        if (_scratch.Length < pool.Length)
            _scratch = new int[pool.Length];
        pool.CopyTo(_scratch);
        random.Choose(_scratch.AsSpan(0, pool.Length), count);
        return _scratch.AsSpan(0, count);
    }

    protected override void OnMoved()
    {
        _drawn = false;
        if (Index >= 0)
            rows.Describe(this);
    }

    private void Draw()
    {
        RequireRow();
        if (_drawn)
            return;
        Array.Clear(_counts);
        _imageCount = 0;
        rows.Draw(this);
        _drawn = true;
    }
}
