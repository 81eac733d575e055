using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Interop;

/// <summary>The exceptions ML.NET itself gives for columns that are missing or of another type, with the columns that there are.</summary>
internal static class SchemaErrors
{
    private const int NamedInMessage = 30;

    /// <summary>Says which columns there are, and who adds the one that is missing where this library does.</summary>
    public static ArgumentOutOfRangeException MissingColumn(IEnumerable<string> columns, string name, string role = "input")
    {
        string[] there = [.. columns];
        string list = there.Length == 0
            ? "There are none."
            : $"There are: {string.Join(", ", there.Take(NamedInMessage))}{(there.Length > NamedInMessage ? $" and {there.Length - NamedInMessage} more" : "")}.";
        return new ArgumentOutOfRangeException("inputSchema", $"Could not find {role} column '{name}'. {list}{(WhoAdds(name) is { } who ? $" {who}" : "")}");
    }

    public static ArgumentOutOfRangeException Mismatch(string name, string expected, string actual, string role = "input") =>
        new("inputSchema", $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");

    /// <summary>The column of that name.</summary>
    public static DataViewSchema.Column Require(DataViewSchema schema, string name, string role = "input") =>
        schema.GetColumnOrNull(name) ?? throw MissingColumn(schema.Where(column => !column.IsHidden).Select(column => column.Name), name, role);

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

        throw MissingColumn(shape.Select(column => column.Name), name, role);
    }

    private static string? WhoAdds(string name) => name switch
    {
        "Images" => "Views of PlanZoo, PlanMixtures and FromImages have 'Images'.",
        "Weights" => "TrainAutoencoder adds 'Weights'; views of LoadZoo and FromWeights have it.",
        "Features" => "VectorizeWeights adds 'Features'.",
        "Responses" => "ProbeModel adds 'Responses'.",
        "ClassErrors" => "ProbeClassErrors adds 'ClassErrors'.",
        "ImageEmbedding" => "EmbedImages adds 'ImageEmbedding'.",
        "Embedding" => "The trainers of the catalog Embedding add 'Embedding'.",
        "Origin" => "A plan has 'Origin' where each model is of one of two classes.",
        "OriginClass" or "Label" => $"A plan has '{name}' where each model is of one class.",
        "Shares" or "Seed" or "Fold" or "Sample" => $"Views of PlanZoo have '{name}'.",
        "Mixture" or "MixtureRole" or "ImageCount" => $"Views of PlanMixtures have '{name}'.",
        _ => null,
    };

    /// <summary>The shape with columns added; one of the same name is replaced, as a later column hides an earlier one.</summary>
    public static SchemaShape WithColumns(SchemaShape shape, IReadOnlyList<SchemaShape.Column> added)
    {
        var columns = shape.ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (SchemaShape.Column column in added)
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
