namespace MLNetModelSpace;

/// <summary>How the learning rate changes from epoch to epoch.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>Half a cosine from the given rate down to zero at the last epoch (Loshchilov and Hutter, 2017).</summary>
    Cosine,

    /// <summary>It is divided by ten after one half and after three quarters of the epochs.</summary>
    Step,
}
