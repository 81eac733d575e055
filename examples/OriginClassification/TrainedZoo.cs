using Microsoft.ML;
using MLNetModelSpace;

namespace Examples.OriginClassification;

/// <summary>The trained models of all classes of one architecture.</summary>
/// <param name="Plan">The images and shares behind them.</param>
/// <param name="Architecture">Its name on the command line.</param>
/// <param name="Train">The models classifiers are fitted to.</param>
/// <param name="Test">The models they are judged on, which share no image and no seed with them.</param>
/// <param name="TrainSeconds">What training took; next to nothing where models were kept.</param>
internal sealed record TrainedZoo(ZooPlan Plan, string Architecture, IDataView Train, IDataView Test, double TrainSeconds)
{
    public IReadOnlyList<string> Classes => Plan.Classes;

    public string Dataset => Plan.Dataset.Name;
}
