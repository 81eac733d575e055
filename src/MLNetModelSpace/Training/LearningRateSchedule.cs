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

/// <summary>The rates of a schedule.</summary>
internal static class LearningRates
{
    /// <summary>The learning rate of an epoch.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="rate">The given rate.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="epochs">In all.</param>
    public static double RateAt(this LearningRateSchedule schedule, double rate, int epoch, int epochs) => schedule switch
    {
        LearningRateSchedule.Cosine => rate * 0.5 * (1 + Math.Cos(Math.PI * (epoch - 1) / epochs)),
        LearningRateSchedule.Step => rate * (epoch * 4L > epochs * 3L ? 0.01 : epoch * 2L > epochs ? 0.1 : 1),
        _ => rate,
    };
}
