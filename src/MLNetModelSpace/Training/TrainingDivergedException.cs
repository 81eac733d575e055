namespace MLNetModelSpace;

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
