namespace MLNetModelSpace.Features;

/// <summary>
/// The phase of a layer's spectrum, after Martin and Mahoney (2018), section 6, "5+1 phases of training". The paper tells them by
/// eye; the rules here are this library's, tried in the order in which they stand in <see cref="SpectralSummary"/>.
/// </summary>
internal enum SpectralPhase
{
    /// <summary>Nothing was fitted: too few eigenvalues.</summary>
    Unknown = 0,

    /// <summary>All eigenvalues lie within the Marchenko–Pastur bulk.</summary>
    RandomLike = 1,

    /// <summary>Some lie beyond its edge, none further than chance allows.</summary>
    BleedingOut = 2,

    /// <summary>Up to a tenth lie well beyond it.</summary>
    BulkAndSpikes = 3,

    /// <summary>More do, in a tail that falls faster than a power of 4.</summary>
    BulkDecay = 4,

    /// <summary>More do, in a tail that falls as a power of at most 4.</summary>
    HeavyTailed = 5,

    /// <summary>Eigenvalues are zero: the rank is below the smaller dimension.</summary>
    RankCollapsed = 6,
}
