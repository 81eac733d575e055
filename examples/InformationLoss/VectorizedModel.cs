using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;

namespace Examples.InformationLoss;

/// <summary>A model under every vectorization, with the class it was trained on and the group of models that may share images with it.</summary>
internal sealed class VectorizedModel
{
    private static readonly (string Column, WeightFeatures Features)[] s_vectorizations =
    [
        (nameof(SingularValues), WeightFeatures.SingularValues),
        (nameof(Histogram), WeightFeatures.Histogram),
        (nameof(LayerStatistics), WeightFeatures.LayerStatistics),
        (nameof(SpectralShape), WeightFeatures.SpectralShape),
        (nameof(ComposedMap), WeightFeatures.ComposedMap),
        (nameof(RawWeights), WeightFeatures.RawWeights),
    ];

    public float[] SingularValues { get; set; } = [];

    public float[] Histogram { get; set; } = [];

    public float[] LayerStatistics { get; set; } = [];

    public float[] SpectralShape { get; set; } = [];

    public float[] ComposedMap { get; set; } = [];

    public float[] RawWeights { get; set; } = [];

    public bool Origin { get; set; }

    public uint Group { get; set; }

    /// <summary>The columns of features.</summary>
    public static IReadOnlyList<string> FeatureColumns => [.. s_vectorizations.Select(known => known.Column)];

    /// <summary>Vectorizes both halves of a zoo; what is learned for it (ranges of bins, principal components) uses no label.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="halves">Views with weights, origin and fold; they share no image.</param>
    /// <param name="folds">How many folds each half has.</param>
    public static IDataView Vectorize(MLContext ml, IReadOnlyList<IDataView> halves, int folds)
    {
        var models = new List<VectorizedModel>();
        IEstimator<ITransformer>? pipeline = null;
        foreach ((string column, WeightFeatures features) in s_vectorizations)
        {
            VectorizeWeightsEstimator step = ml.ModelSpace().Transforms.VectorizeWeights(
                new VectorizeWeightsEstimator.Options { OutputColumnName = column, Features = features, Seed = 0 });
            pipeline = pipeline is null ? step : pipeline.Append(step);
        }

        ITransformer vectorizer = pipeline!.Fit(halves[0]);
        for (int half = 0; half < halves.Count; half++)
            models.AddRange(Read(vectorizer.Transform(halves[half]), (uint)(half * folds)));
        var schema = SchemaDefinition.Create(typeof(VectorizedModel));
        foreach (string column in FeatureColumns)
            schema[column].ColumnType = new VectorDataViewType(NumberDataViewType.Single, models[0].Features(column).Length);
        schema[nameof(Group)].ColumnType = new KeyDataViewType(typeof(uint), halves.Count * folds);
        return ml.Data.LoadFromEnumerable(models, schema);
    }

    private static IEnumerable<VectorizedModel> Read(IDataView view, uint firstGroup)
    {
        var columns = FeatureColumns.ToDictionary(column => column, column => view.GetColumn<float[]>(column).ToArray());
        bool[] origins = [.. view.GetColumn<bool>(ZooColumns.Origin)];
        uint[] folds = [.. view.GetColumn<uint>(ZooColumns.Fold)];
        for (int i = 0; i < origins.Length; i++)
        {
            yield return new VectorizedModel
            {
                SingularValues = columns[nameof(SingularValues)][i],
                Histogram = columns[nameof(Histogram)][i],
                LayerStatistics = columns[nameof(LayerStatistics)][i],
                SpectralShape = columns[nameof(SpectralShape)][i],
                ComposedMap = columns[nameof(ComposedMap)][i],
                RawWeights = columns[nameof(RawWeights)][i],
                Origin = origins[i],
                // Keys of a view count from 1, those of a row type from 0.
                Group = firstGroup + folds[i] - 1,
            };
        }
    }

    private float[] Features(string column) => column switch
    {
        nameof(SingularValues) => SingularValues,
        nameof(Histogram) => Histogram,
        nameof(LayerStatistics) => LayerStatistics,
        nameof(SpectralShape) => SpectralShape,
        nameof(ComposedMap) => ComposedMap,
        _ => RawWeights,
    };
}
