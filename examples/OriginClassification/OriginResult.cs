namespace Examples.OriginClassification;

/// <summary>One row of the table.</summary>
internal sealed record OriginResult(
    string Dataset,
    string[] Classes,
    string Architecture,
    string Vectorization,
    string Kind,
    string Trainer,
    double Precision,
    double Recall,
    double Auc,
    double Baseline,
    double ShuffledAuc,
    int TrainModels,
    int TestModels,
    double TrainSeconds);
