namespace Microsoft.ML.Trainers;

/// <summary>
/// The order in which passes go through the rows: their own, or shuffled as officially. Data that cannot be shuffled by itself, as cached data can,
/// goes through a pool of a thousand rows.
/// </summary>
internal sealed class PassOrder
{
    private const int PoolSize = 1000;

    private readonly int[] _order;
    private readonly int[] _source;
    private readonly int[] _slots;
    private readonly int[] _numbers;
    private readonly bool _canShuffleSource;
    private readonly Random _rand;

    /// <param name="numbers">For each row of the data its number in training, or -1 where it takes no part.</param>
    /// <param name="rows">How many rows take part.</param>
    /// <param name="canShuffleSource">Whether the data can be shuffled without the pool.</param>
    /// <param name="rand">The trainer's numbers, or null to keep the rows' order.</param>
    public PassOrder(int[] numbers, int rows, bool canShuffleSource, Random rand)
    {
        _numbers = numbers;
        _order = new int[rows];
        _source = canShuffleSource ? new int[numbers.Length] : [];
        _slots = new int[Math.Min(PoolSize, numbers.Length)];
        _canShuffleSource = canShuffleSource;
        int taken = 0;
        foreach (int number in numbers)
            Take(number, ref taken);
        if (rand is null)
            return;
        _rand = rand;
        // The official pool takes a host of its own from the trainer's.
        if (!canShuffleSource)
            _ = new HybridTausworthe(rand);
    }

    /// <summary>The order of the next pass; it is overwritten by the one after.</summary>
    public ReadOnlySpan<int> Next()
    {
        if (_rand is not null)
            Shuffle();
        return _order;
    }

    private void Shuffle()
    {
        var rand = new HybridTausworthe((uint)_rand.Next());
        int taken = 0;
        if (_canShuffleSource)
        {
            _numbers.CopyTo(_source, 0);
            rand.Shuffle(_source);
            foreach (int number in _source)
                Take(number, ref taken);
            return;
        }
        // These are for a source that can be shuffled, and drawn all the same.
        _ = new HybridTausworthe(rand);
        var pool = new ShufflePool(PoolSize, rand);
        int read = 0, drawn;
        do
        {
            while (pool.FreeSlot is int slot)
            {
                if (read == _numbers.Length)
                {
                    pool.Close();
                    break;
                }
                _slots[slot] = _numbers[read++];
                pool.Add();
            }
            drawn = pool.Draw();
            if (drawn >= 0)
                Take(_slots[drawn], ref taken);
        }
        while (drawn >= 0);
    }

    private void Take(int number, ref int taken)
    {
        if (number >= 0)
            _order[taken++] = number;
    }
}
