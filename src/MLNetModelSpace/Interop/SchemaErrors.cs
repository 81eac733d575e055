using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>The exceptions ML.NET itself gives for columns that are missing or of another type.</summary>
internal static class SchemaErrors
{
    public static ArgumentOutOfRangeException MissingColumn(string name, string role = "input") =>
        new("inputSchema", $"Could not find {role} column '{name}'");

    public static ArgumentOutOfRangeException Mismatch(string name, string expected, string actual, string role = "input") =>
        new("inputSchema", $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");

    /// <summary>The column of that name.</summary>
    public static DataViewSchema.Column Require(DataViewSchema schema, string name, string role = "input") =>
        schema.GetColumnOrNull(name) ?? throw MissingColumn(name, role);

    /// <summary>The column of that name, a vector of <see cref="float"/> of known (or, where allowed, unknown) size.</summary>
    public static DataViewSchema.Column RequireFloatVector(DataViewSchema schema, string name, bool knownSize, string role = "input")
    {
        DataViewSchema.Column column = Require(schema, name, role);
        if (column.Type is not VectorDataViewType vector || vector.ItemType.RawType != typeof(float) || (knownSize && !vector.IsKnownSize))
            throw Mismatch(name, knownSize ? "known-size vector of Single" : "vector of Single", column.Type.ToString()!, role);
        return column;
    }

    /// <summary>The shape of the column of that name, checked to be a vector of <see cref="float"/>.</summary>
    public static SchemaShape.Column RequireFloatVector(SchemaShape shape, string name, string role = "input")
    {
        SchemaShape.Column column = RequireShape(shape, name, role);
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar || column.ItemType != NumberDataViewType.Single || column.IsKey)
            throw Mismatch(name, "vector of Single", $"{column.Kind} of {column.ItemType}", role);
        return column;
    }

    public static SchemaShape.Column RequireShape(SchemaShape shape, string name, string role = "input")
    {
        foreach (SchemaShape.Column column in shape)
        {
            if (column.Name == name)
                return column;
        }

        throw MissingColumn(name, role);
    }

    /// <summary>The shape with columns added; one of the same name is replaced, as a later column hides an earlier one.</summary>
    public static SchemaShape WithColumns(SchemaShape shape, IReadOnlyList<SchemaShape.Column> added)
    {
        var columns = shape.ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (SchemaShape.Column column in added)
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
