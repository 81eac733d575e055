using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML;

/// <summary>The exceptions ML.NET throws in one place, so that they say the same thing everywhere.</summary>
internal static class Errors
{
    /// <summary>A column that is not there: <c>Could not find input column 'Nope'</c>.</summary>
    public static Exception ColumnNotFound(string parameter, string role, string name) =>
        new ArgumentOutOfRangeException(parameter, $"Could not find {role} column '{name}'");

    /// <summary>A column of another type: <c>Schema mismatch for label column 'Target': expected Boolean, got Single</c>.</summary>
    public static Exception SchemaMismatch(string parameter, string role, string name, string expected, string actual) =>
        new ArgumentOutOfRangeException(parameter, $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");

    public static Exception InvalidGetterType(Type asked, Type actual) =>
        new InvalidOperationException($"Invalid TValue in GetGetter: '{asked}', expected type: '{actual}'.");

    public static Exception ColumnNotActive(string parameter = "column") =>
        new ArgumentOutOfRangeException(parameter, "requested column not active");

    /// <summary>As <see cref="ColumnNotActive"/>, where the official type is another.</summary>
    public static Exception NotActiveInState() =>
        new InvalidOperationException("Operation is not valid due to the current state of the object: the column is not active");

    /// <summary>A getter called where the cursor is at no row.</summary>
    public static Exception NoRow() => new InvalidOperationException(
        "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after that method returned false.");

    /// <summary>A model file that cannot be read: what is wrong, and where.</summary>
    public static FormatException BadModel(string message, Exception inner = null) => new(message, inner);

    /// <summary>Something the official package has and this stand-in does not.</summary>
    public static NotSupportedException NotSupported(string member) =>
        new($"{member} is not supported by the stand-in for Microsoft.ML; restore with -p:ModelSpaceEngine=official to use it");

    /// <summary>A row whose vector is not as long as its column's type says.</summary>
    public static string WrongLength(string column, int expected, int actual) => $"Column '{column}': expected {expected} slots, but got {actual}";

    /// <summary>Refuses null and empty text, both as an argument out of range.</summary>
    public static void CheckNonEmpty([NotNull] string value, string parameter)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentOutOfRangeException(parameter, $"{parameter} cannot be null or empty");
    }
}
