namespace Examples.OriginClassification;

/// <summary>How well all classes are told apart at once, by so many training models of each.</summary>
internal sealed record TenWayResult(
    string Dataset, string Architecture, string Vectorization, string Kind, string Trainer, int TrainModelsPerClass, double MacroAccuracy, double MicroAccuracy, double LogLoss);
