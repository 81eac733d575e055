namespace Microsoft.ML.Trainers;

/// <summary>Options of a trainer: the column of features.</summary>
public abstract class TrainerInputBase
{
    private protected TrainerInputBase()
    {
    }

    public string FeatureColumnName = DefaultColumnNames.Features;
}

/// <summary>Options of a trainer that also reads a label.</summary>
public abstract class TrainerInputBaseWithLabel : TrainerInputBase
{
    private protected TrainerInputBaseWithLabel()
    {
    }

    public string LabelColumnName = DefaultColumnNames.Label;
}

/// <summary>Options of a trainer that may also read a weight for each example.</summary>
public abstract class TrainerInputBaseWithWeight : TrainerInputBaseWithLabel
{
    private protected TrainerInputBaseWithWeight()
    {
    }

    public string ExampleWeightColumnName = null;
}

internal static class DefaultColumnNames
{
    public const string Features = nameof(Features);
    public const string Label = nameof(Label);
    public const string Score = nameof(Score);
    public const string Probability = nameof(Probability);
    public const string PredictedLabel = nameof(PredictedLabel);
}
