using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>What trainers for many classes made of trainers for two share.</summary>
public abstract class MetaMulticlassTrainer<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected readonly IHost Host;
    private protected readonly string LabelName;

    private protected MetaMulticlassTrainer(IHostEnvironment env, string name, string labelName)
    {
        Host = env.Register(name);
        LabelName = labelName;
    }

    public abstract TTransformer Fit(IDataView input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!inputSchema.TryFindColumn(LabelName, out var label))
            throw Errors.ColumnNotFound(nameof(inputSchema), "label", LabelName);
        if (!label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Errors.SchemaMismatch(nameof(inputSchema), "label", LabelName, "Key", label.GetTypeString());
        return inputSchema.With(TrainerUtils.MulticlassScores(label));
    }
}

/// <summary>
/// For each class a model that tells it from all others. Models without probabilities are given them by Platt calibration on their training rows.
/// </summary>
public sealed class OneVersusAllTrainer : MetaMulticlassTrainer<MulticlassPredictionTransformer<OneVersusAllModelParameters>, OneVersusAllModelParameters>
{
    private readonly ITrainerEstimator<ISingleFeaturePredictionTransformer<object>, object> _binary;
    private readonly bool _useProbabilities;
    private readonly int _maximumCalibrationRows;

    internal OneVersusAllTrainer(
        IHostEnvironment env, ITrainerEstimator<ISingleFeaturePredictionTransformer<object>, object> binaryEstimator, string labelColumnName,
        int maximumCalibrationExampleCount, bool useProbabilities)
        : base(env, "OVA", labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(binaryEstimator);
        Errors.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        if (maximumCalibrationExampleCount <= 0)
            throw new ArgumentOutOfRangeException(nameof(maximumCalibrationExampleCount), "Number of calibration examples must be positive.");
        _binary = binaryEstimator;
        _maximumCalibrationRows = maximumCalibrationExampleCount;
        _useProbabilities = useProbabilities;
    }

    public override MulticlassPredictionTransformer<OneVersusAllModelParameters> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var label = input.Schema.GetColumnOrNull(LabelName) ?? throw new ArgumentOutOfRangeException("schema", $"{LabelName} column 'Label' not found");
        if (label.Type is not KeyDataViewType key)
            throw label.Type == NumberDataViewType.Single || label.Type == NumberDataViewType.Double
                ? new NotSupportedException($"Label column type is not supported by OneVersusAllTrainer: {label.Type.RawType}")
                : new ArgumentOutOfRangeException("data", $"Training label column '{LabelName}' type is not valid for multi-class: {label.Type}. Type must be Single or Double.");
        if (key.Count > 1_000_000)
            throw new InvalidOperationException($"Label column '{LabelName}' has {key.Count} classes; expected at most 1000000.");
        // A row without a class is no evidence for or against any.
        var labelled = new RangeFilterView(new CacheView(input, []), label, value => value >= 0);
        var models = new IScalarPredictor[(int)key.Count];
        string features = null;
        for (int c = 0; c < models.Length; c++)
        {
            var view = new RowMapperView(labelled, new IsClassMapper(labelled.Schema, label, c));
            var trained = _binary.Fit(view);
            features = trained.FeatureColumnName;
            models[c] = (IScalarPredictor)trained.Model;
            if (_useProbabilities && models[c] is not ICalibratedPredictor)
                models[c] = Calibrate(trained.Model, trained.Transform(view));
        }
        return new MulticlassPredictionTransformer<OneVersusAllModelParameters>(
            Host, new OneVersusAllModelParameters(models, _useProbabilities), input.Schema, features, LabelName);
    }

    private IScalarPredictor Calibrate(object model, IDataView scored)
    {
        DataViewSchema.Column labels = scored.Schema[LabelName], scores = scored.Schema[DefaultColumnNames.Score];
        using var cursor = scored.GetRowCursor([labels, scores]);
        var getLabel = cursor.GetGetter<bool>(labels);
        var getScore = cursor.GetGetter<float>(scores);
        var truth = new List<bool>();
        var values = new List<float>();
        bool label = false;
        float score = 0;
        while (truth.Count < _maximumCalibrationRows && cursor.MoveNext())
        {
            getLabel(ref label);
            getScore(ref score);
            if (!float.IsFinite(score))
                continue;
            truth.Add(label);
            values.Add(score);
        }
        var calibrator = PlattCalibrator.Fit(values.ToArray(), truth.ToArray(), []);
        return (IScalarPredictor)CalibratedModelLoader.Combine((ICanSaveModel)model, calibrator);
    }

    /// <summary>Puts in the label's place whether it is one class.</summary>
    private sealed class IsClassMapper(DataViewSchema schema, DataViewSchema.Column label, int wanted) : RowMapper(schema)
    {
        public override void AddDependencies(ReadOnlySpan<bool> activeOutputs, Span<bool> inputs) => inputs[label.Index] |= activeOutputs[0];

        public override Delegate[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> activeOutputs)
        {
            if (!activeOutputs[0])
                return [null];
            var get = TrainingRows.KeyGetter(input, input.Schema[label.Index]);
            float value = 0;
            return
            [
                (ValueGetter<bool>)((ref bool result) =>
                {
                    get(ref value);
                    result = value == wanted;
                }),
            ];
        }

        protected override DataViewSchema.DetachedColumn[] MakeOutputs() => [new(label.Name, BooleanDataViewType.Instance)];
    }
}
