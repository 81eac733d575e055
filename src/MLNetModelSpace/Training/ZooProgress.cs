using System.Globalization;

namespace MLNetModelSpace;

/// <summary>How far a pass over a zoo in training has come.</summary>
/// <param name="Trained">Models trained in this pass.</param>
/// <param name="Remembered">Models found in the memory or the directory in this pass.</param>
/// <param name="Total">Models of the whole pass, where the view tells its number of rows.</param>
/// <param name="Elapsed">Time since the pass began.</param>
/// <param name="Pass">Which of the passes in which something was trained, from 1: fitting a pipeline, evaluating it and each fold of a cross-validation read the rows in a pass of their own.</param>
public sealed record ZooProgress(int Trained, int Remembered, long? Total, TimeSpan Elapsed, int Pass = 1)
{
    /// <summary>Models trained a second; 0 before the first.</summary>
    public double ModelsPerSecond => Trained == 0 || Elapsed <= TimeSpan.Zero ? 0 : Trained / Elapsed.TotalSeconds;

    /// <summary>Time left at this rate, where the total is known and a model has been trained.</summary>
    public TimeSpan? Remaining =>
        Total is { } total && ModelsPerSecond > 0
            ? TimeSpan.FromSeconds(Math.Max(0, total - Trained - Remembered) / ModelsPerSecond)
            : null;

    /// <summary>One line, such as <c>120/400 models (0 remembered), 35.2 models/s, 8 s left</c>.</summary>
    public override string ToString()
    {
        string done = Total is { } total ? $"{Trained + Remembered}/{total} models" : $"{Trained + Remembered} models";
        string left = Remaining is { } time ? string.Create(CultureInfo.InvariantCulture, $", {time.TotalSeconds:F0} s left") : "";
        string pass = Pass > 1 ? string.Create(CultureInfo.InvariantCulture, $"pass {Pass}: ") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{pass}{done} ({Remembered} remembered), {ModelsPerSecond:F1} models/s{left}");
    }
}

/// <summary>Training of a model gave a loss or weights that are not finite. Behind ML.NET's cursors it is the <see cref="Exception.GetBaseException"/>.</summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    /// <summary>Says which model diverged, and when.</summary>
    /// <param name="model">The model, such as <c>model 12 (seed 4711)</c>.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="loss">The loss that was found.</param>
    /// <param name="learningRate">The learning rate it was trained with.</param>
    public TrainingDivergedException(string model, int epoch, double loss, double learningRate)
        : base($"Training of {model} diverged in epoch {epoch}: the loss is {loss}. A learning rate below {learningRate} may help.")
    {
        Model = model;
        Epoch = epoch;
    }

    /// <summary>Which model.</summary>
    public string Model { get; }

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }
}
