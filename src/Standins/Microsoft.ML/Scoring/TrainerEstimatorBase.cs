using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>An estimator that trains a model for prediction.</summary>
public interface ITrainerEstimator<out TTransformer, out TModel> : IEstimator<TTransformer>
    where TTransformer : IPredictionTransformer<TModel>
    where TModel : class
{
}

/// <summary>What trainers share: the columns they read, checked before training.</summary>
public abstract class TrainerEstimatorBase<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    public readonly SchemaShape.Column FeatureColumn;

    public readonly SchemaShape.Column LabelColumn;

    public readonly SchemaShape.Column WeightColumn;

    private protected readonly IHost Host;

    private protected TrainerEstimatorBase(IHost host, SchemaShape.Column feature, SchemaShape.Column label, SchemaShape.Column weight = default)
    {
        Host = host;
        FeatureColumn = feature;
        LabelColumn = label;
        WeightColumn = weight;
    }

    public TTransformer Fit(IDataView input)
    {
        CheckInputSchema(SchemaShape.Create(input.Schema));
        var model = TrainModelCore(input);
        return MakeTransformer(model, input.Schema);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        CheckInputSchema(inputSchema);
        return inputSchema.With(GetOutputColumnsCore(inputSchema));
    }

    /// <summary>The score columns the transformer will add.</summary>
    private protected abstract SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema);

    private protected abstract TModel TrainModelCore(IDataView data);

    private protected abstract TTransformer MakeTransformer(TModel model, DataViewSchema trainSchema);

    private protected virtual void CheckLabelCompatible(SchemaShape.Column labelCol)
    {
        if (!LabelColumn.IsCompatibleWith(labelCol))
            throw Errors.SchemaMismatch(nameof(labelCol), "label", labelCol.Name, LabelColumn.GetTypeString(), labelCol.GetTypeString());
    }

    private void CheckInputSchema(SchemaShape inputSchema)
    {
        Check(inputSchema, FeatureColumn, "feature");
        if (WeightColumn.IsValid)
            Check(inputSchema, WeightColumn, "weight");
        if (!LabelColumn.IsValid)
            return;
        if (!inputSchema.TryFindColumn(LabelColumn.Name, out var label))
            throw Errors.ColumnNotFound(nameof(inputSchema), "label", LabelColumn.Name);
        CheckLabelCompatible(label);
    }

    private static void Check(SchemaShape inputSchema, SchemaShape.Column wanted, string role)
    {
        if (!inputSchema.TryFindColumn(wanted.Name, out var column))
            throw Errors.ColumnNotFound(nameof(inputSchema), role, wanted.Name);
        if (!wanted.IsCompatibleWith(column))
            throw Errors.SchemaMismatch(nameof(inputSchema), role, wanted.Name, wanted.GetTypeString(), column.GetTypeString());
    }
}

/// <summary>The columns trainers ask for, and the score columns they promise.</summary>
internal static class TrainerUtils
{
    public static SchemaShape.Column MakeFeatureColumn(string name) => new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false);

    public static SchemaShape.Column MakeBoolLabel(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);

    public static SchemaShape.Column MakeFloatLabel(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false);

    public static SchemaShape.Column MakeKeyLabel(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true);

    /// <summary>The weight column, or none where there is no name.</summary>
    public static SchemaShape.Column MakeWeightColumn(string name) =>
        name is null ? default : new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false);

    public static SchemaShape.Column[] RegressionScores() => [Score(Annotations())];

    public static SchemaShape.Column[] BinaryScores(bool calibrated)
    {
        var label = new SchemaShape.Column(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false, new SchemaShape(Annotations()));
        if (!calibrated)
            return [Score(Annotations()), label];
        SchemaShape.Column normalized = new(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);
        var probability = new SchemaShape.Column(
            DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape([.. Annotations(), normalized]));
        return [Score(Annotations()), probability, label];
    }

    public static SchemaShape.Column[] MulticlassScores(SchemaShape.Column label)
    {
        SchemaShape.Column[] slots = [], keys = [];
        if (label.Annotations.TryFindColumn(AnnotationKinds.KeyValues, out var values) && values.Kind == SchemaShape.Column.VectorKind.Vector)
        {
            keys = [values];
            var training = new SchemaShape.Column(AnnotationKinds.TrainingLabelValues, SchemaShape.Column.VectorKind.Vector, values.ItemType, values.IsKey);
            slots = values.ItemType is TextDataViewType
                ? [new SchemaShape.Column(AnnotationKinds.SlotNames, SchemaShape.Column.VectorKind.Vector, values.ItemType, false), training]
                : [training];
        }
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape([.. slots, .. Annotations()])),
            new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape([.. keys, .. Annotations()])),
        ];
    }

    private static SchemaShape.Column Score(SchemaShape.Column[] annotations) =>
        new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(annotations));

    private static SchemaShape.Column[] Annotations() =>
    [
        new(AnnotationKinds.ScoreColumnSetId, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true),
        new(AnnotationKinds.ScoreColumnKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false),
        new(AnnotationKinds.ScoreValueKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false),
    ];
}
