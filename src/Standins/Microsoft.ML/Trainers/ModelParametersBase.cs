namespace Microsoft.ML.Trainers;

/// <summary>What a trainer learned.</summary>
public abstract class ModelParametersBase<TOutput>
{
    private protected ModelParametersBase()
    {
    }
}
