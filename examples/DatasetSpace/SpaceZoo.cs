using Microsoft.ML;
using MLNetModelSpace;

namespace Examples.DatasetSpace;

/// <summary>Trained models, and their features as they are first asked for: each computed once and kept.</summary>
internal sealed class SpaceZoo
{
    private readonly MLContext _ml;
    private readonly int _directions;
    private readonly Lazy<SpaceZoo> _composed;
    private readonly Lazy<SpaceZoo> _cosines;
    private readonly Lazy<SpaceZoo> _spectra;

    public SpaceZoo(MLContext ml, IDataView train, IDataView test, IDataView mixtures, int directions)
    {
        (_ml, Train, Test, Mixtures, _directions) = (ml, train, test, mixtures, directions);
        _composed = new Lazy<SpaceZoo>(() => Featurize(_ml.ModelSpace().Transforms.ProjectComposedMap(new ComposedSubspaceEstimator.Options { Directions = directions })));
        _cosines = new Lazy<SpaceZoo>(() => Featurize(_ml.ModelSpace().Transforms.VectorizeWeights(
            ZooColumns.Features, ZooColumns.Weights, WeightFeatures.ComposedCosines)));
        _spectra = new Lazy<SpaceZoo>(() => Featurize(_ml.ModelSpace().Transforms.DescribeGraphs()));
    }

    public IDataView Train { get; }

    public IDataView Test { get; }

    public IDataView Mixtures { get; }

    /// <summary>The composed map in the directions that the training models share: for linear autoencoders.</summary>
    public SpaceZoo Composed => _composed.Value;

    /// <summary>The composed map between low cosines, coarse enough for few training models: for any other.</summary>
    public SpaceZoo Cosines => _cosines.Value;

    /// <summary>Spectra of the models' graphs.</summary>
    public SpaceZoo Spectra => _spectra.Value;

    private SpaceZoo Featurize<T>(IEstimator<T> estimator)
        where T : class, ITransformer
    {
        T model = estimator.Fit(Train);
        return new SpaceZoo(_ml, Keep(Train, ZooColumns.Shares, ZooColumns.Fold), Keep(Test, ZooColumns.Shares), Keep(Mixtures, ZooColumns.Shares, ZooColumns.Mixture, ZooColumns.MixtureRole, ZooColumns.ImageCount), _directions);

        IDataView Keep(IDataView view, params string[] columns)
        {
            IDataView features = model.Transform(view);
            return _ml.Data.Cache(_ml.Transforms.SelectColumns([ZooColumns.Features, .. columns]).Fit(features).Transform(features));
        }
    }
}
