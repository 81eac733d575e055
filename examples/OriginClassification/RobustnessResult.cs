namespace Examples.OriginClassification;

/// <summary>How classifiers fitted to the training models do on models that came about otherwise: means over all pairs of classes.</summary>
internal sealed record RobustnessResult(
    string Dataset, string Architecture, string Vectorization, string Kind, string Trainer, string Models, double Precision, double Recall, double Auc);
