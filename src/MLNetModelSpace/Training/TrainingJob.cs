namespace MLNetModelSpace.Training;

/// <summary>One model to be trained. Its answer comes as <see cref="Result"/>.</summary>
/// <param name="name">What errors call it.</param>
/// <param name="seed">Of initialisation, shuffling and draws.</param>
/// <param name="images">n·C·H·W values; only read.</param>
/// <param name="keep">Remembers the model before the answer is given; may fail.</param>
internal sealed class TrainingJob(string name, long seed, float[] images, Action<TrainedModel>? keep = null)
{
    private readonly TaskCompletionSource<TrainedModel> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public float[] Images => images;

    public string Name => name;

    public long Seed => seed;

    public Task<TrainedModel> Result => _result.Task;

    public void Finish(TrainedModel model)
    {
        try
        {
            keep?.Invoke(model);
            _result.TrySetResult(model);
        }
        catch (Exception error)
        {
            _result.TrySetException(error);
        }
    }

    public void Fail(Exception error)
    {
        if (error is OperationCanceledException cancelled)
            _result.TrySetCanceled(cancelled.CancellationToken);
        else
            _result.TrySetException(error);
    }
}

/// <summary>Trains several models of equal samples at once, on the thread that made it.</summary>
internal interface IModelTrainer : IDisposable
{
    /// <summary>The most models at once.</summary>
    int Capacity { get; }

    /// <summary>Trains, and answers every job.</summary>
    /// <param name="jobs">At least one, at most <see cref="Capacity"/>, all with as many images.</param>
    /// <param name="cancel">Looked at before every step.</param>
    void Train(IReadOnlyList<TrainingJob> jobs, CancellationToken cancel);
}
