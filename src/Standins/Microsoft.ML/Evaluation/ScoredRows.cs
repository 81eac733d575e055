using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

/// <summary>Finds the columns that evaluators read, as the official ones report them missing or of another type.</summary>
internal static class ScoredRows
{
    public static DataViewSchema.Column Find(IDataView data, string role, string name, params DataViewType[] types)
    {
        var column = Find(data, role, name);
        if (types.Length > 0 && !types.Contains(column.Type))
            throw Errors.SchemaMismatch("schema", DisplayName(role), name, types[0].ToString(), column.Type.ToString());
        return column;
    }

    public static DataViewSchema.Column FindTwoClassLabel(IDataView data, string name)
    {
        var column = Find(data, DefaultColumnNames.Label, name);
        if (column.Type is KeyDataViewType { Count: 2 } or BooleanDataViewType || column.Type == NumberDataViewType.Single || column.Type == NumberDataViewType.Double)
            return column;
        throw Errors.SchemaMismatch("schema", "label", name, "Single, Double, Boolean, or a Key with cardinality 2", column.Type.ToString());
    }

    public static DataViewSchema.Column Find(IDataView data, string role, string name)
    {
        Errors.CheckNonEmpty(name, $"{char.ToLowerInvariant(role[0])}{role[1..]}ColumnName");
        return data.Schema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException("schema", $"{name} column '{role}' not found");
    }

    /// <summary>A label as a number of single precision: a Boolean as 0 or 1, a key counted from zero; NaN where it is missing.</summary>
    public static ValueGetter<float> LabelGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is KeyDataViewType)
            return TrainingRows.KeyGetter(row, label);
        if (label.Type == NumberDataViewType.Double)
            return TrainingRows.Convert<double>(row, label, static value => (float)value);
        if (label.Type is not BooleanDataViewType)
            return row.GetGetter<float>(label);
        var get = row.GetGetter<bool>(label);
        bool value = false;
        return (ref float result) =>
        {
            get(ref value);
            result = value ? 1 : 0;
        };
    }

    private static string DisplayName(string role) => role == DefaultColumnNames.PredictedLabel ? "predicted label" : role.ToLowerInvariant();
}
