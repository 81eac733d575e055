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
        if (!inputSchema.TryFindColumn(LabelName, out var labelCol))
            throw Errors.ColumnNotFound(nameof(labelCol), "label", LabelName);
        if (!labelCol.IsKey || labelCol.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Errors.SchemaMismatch(nameof(inputSchema), "label", LabelName, "Key<UInt32>", labelCol.GetTypeString());
        return inputSchema.With(TrainerUtils.MulticlassScores(labelCol));
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
        if (labelColumnName is null)
            throw new ArgumentNullException(nameof(labelColumnName), "Label column should not be null.");
        Errors.CheckNonEmpty(labelColumnName, "name");
        _binary = binaryEstimator;
        _maximumCalibrationRows = maximumCalibrationExampleCount;
        _useProbabilities = useProbabilities;
    }

    public override MulticlassPredictionTransformer<OneVersusAllModelParameters> Fit(IDataView input)
    {
        if (input is null)
            throw new ArgumentNullException("data");
        var label = input.Schema.GetColumnOrNull(LabelName) ?? throw new ArgumentOutOfRangeException("schema", $"{LabelName} column 'Label' not found");
        if (label.Type is not KeyDataViewType key)
            throw Refuse(input, label);
        if (key.Count > 1_000_000)
            throw new InvalidOperationException($"Label column '{LabelName}' has {key.Count} classes; expected at most 1000000.");
        var cached = new CacheView(input, []);
        var models = new IScalarPredictor[(int)key.Count];
        // The first class is trained twice, as officially: trainers that draw random numbers go on drawing from fit to fit.
        _binary.Fit(RowsOf(cached, label, 0));
        string features = null;
        for (int c = 0; c < models.Length; c++)
        {
            var view = RowsOf(cached, label, c);
            var trained = _binary.Fit(view);
            features = trained.FeatureColumnName;
            models[c] = (IScalarPredictor)trained.Model;
            if (_useProbabilities && models[c] is not ICalibratedPredictor)
                models[c] = Calibrate(trained.Model, trained.Transform(view));
        }
        return new MulticlassPredictionTransformer<OneVersusAllModelParameters>(
            Host, new OneVersusAllModelParameters(models, _useProbabilities), input.Schema, features, LabelName);
    }

    // Rows without a class are told from every class, as officially.
    private static RowMapperView RowsOf(IDataView data, DataViewSchema.Column label, int wanted) => new(data, new IsClassMapper(data.Schema, label, wanted));

    // Numbers are looked through for what is no class before their type is refused, as officially.
    private static Exception Refuse(IDataView data, DataViewSchema.Column label)
    {
        if (label.Type != NumberDataViewType.Single && label.Type != NumberDataViewType.Double)
            return new ArgumentOutOfRangeException(nameof(data), $"Training label column '{label.Name}' type is not valid for multi-class: {label.Type}. Type must be Single or Double.");
        using var cursor = data.GetRowCursor([label]);
        var get = ScoredRows.LabelGetter(cursor, label);
        bool any = false;
        float value = 0;
        while (cursor.MoveNext())
        {
            get(ref value);
            if (!float.IsFinite(value))
                continue;
            if (value < 0 || value != MathF.Floor(value))
                return new ArgumentOutOfRangeException(nameof(data), $"Training label column '{label.Name}' contains invalid values for multi-class: {value}.");
            any = true;
        }
        return any
            ? new NotSupportedException($"Label column type is not supported by OneVersusAllTrainer: {label.Type.RawType}")
            : new ArgumentOutOfRangeException(nameof(data), $"Training label column '{label.Name}' contains no valid values for multi-class.");
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
