namespace MLNetModelSpace.Theory;

/// <summary>How much one column of features knows about the label.</summary>
/// <param name="Name">The column, or <see cref="InformationReport.Together"/>.</param>
/// <param name="Dimensions">How many slots it has.</param>
/// <param name="ConstantSlots">How many of them never change; they know nothing and are left out.</param>
/// <param name="Bound">The lower bound of the best classifier (<see cref="ClassifierInformation"/>).</param>
/// <param name="Neighbors">The nearest-neighbour estimate (<see cref="MutualInformation.Ross"/>), which falls short in many dimensions.</param>
/// <param name="Prediction">What is left in the classifier's held-out answer alone, the most probable class (<see cref="MutualInformation.Discrete"/>).</param>
/// <param name="Classifiers">The classifier chosen in each fold.</param>
public sealed record FeatureInformation(
    string Name,
    int Dimensions,
    int ConstantSlots,
    InformationEstimate Bound,
    InformationEstimate Neighbors,
    InformationEstimate Prediction,
    IReadOnlyList<string> Classifiers);
