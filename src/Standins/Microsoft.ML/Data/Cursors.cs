using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// What cursors share: which columns can be read, and the position. A getter called where there is no row throws <see cref="InvalidOperationException"/>, as
/// most official cursors do. (Official cursors over objects throw <see cref="NullReferenceException"/> instead, and some give the last row again.)
/// </summary>
internal abstract class CursorBase : DataViewRowCursor
{
    private readonly bool[] _active;
    private long _position = -1;
    private bool _done;

    protected CursorBase(DataViewSchema schema, bool[] active)
    {
        Schema = schema;
        _active = active;
    }

    public sealed override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>Whether the cursor stands on a row; getters refuse to read before the first and after the last.</summary>
    protected bool IsGood => _position >= 0 && !_done;

    public sealed override bool MoveNext()
    {
        if (_done)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    public sealed override bool IsColumnActive(DataViewSchema.Column column) => IsActive(_active, column);

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw InactiveColumn();
        return Columns.Typed<TValue>(GetterOf(column.Index), column);
    }

    /// <summary>What asking for the getter of an inactive column throws; the type is the official one of each kind of table.</summary>
    protected virtual Exception InactiveColumn() => Errors.ColumnNotActive();

    protected abstract bool MoveNextCore();

    /// <summary>The getter of an active column: a <see cref="ValueGetter{TValue}"/> of the column's raw type.</summary>
    protected abstract Delegate GetterOf(int column);

    protected void CheckGood()
    {
        if (!IsGood)
            ThrowNotGood();
    }

    protected override void Dispose(bool disposing)
    {
        if (!_done)
        {
            _done = true;
            _position = -1;
        }
        base.Dispose(disposing);
    }

    internal static bool IsActive(bool[] active, DataViewSchema.Column column) =>
        (uint)column.Index < (uint)active.Length ? active[column.Index] : throw new ArgumentOutOfRangeException(nameof(column), $"The schema has no column {column.Index}");

    private static void ThrowNotGood() => throw Errors.NoRow();
}

/// <summary>A cursor that goes where another goes.</summary>
internal abstract class SynchronizedCursor : CursorBase
{
    protected readonly DataViewRowCursor Input;

    protected SynchronizedCursor(DataViewRowCursor input, DataViewSchema schema, bool[] active) : base(schema, active)
    {
        Input = input;
    }

    public override long Batch => Input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override bool MoveNextCore() => Input.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}

internal static class Columns
{
    /// <summary>One flag a column: whether it is among <paramref name="needed"/>.</summary>
    public static bool[] Flags(DataViewSchema schema, IEnumerable<DataViewSchema.Column> needed)
    {
        var active = new bool[schema.Count];
        ArgumentNullException.ThrowIfNull(needed, "columnsNeeded");
        foreach (var column in needed)
        {
            if ((uint)column.Index >= (uint)active.Length)
                throw new InvalidOperationException($"The requested column: {column} is not part of the sourceSchema");
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>The flagged columns.</summary>
    public static IEnumerable<DataViewSchema.Column> Where(DataViewSchema schema, bool[] flags) => schema.Where(column => flags[column.Index]);

    /// <summary>A getter as one of the type asked for.</summary>
    public static ValueGetter<TValue> Typed<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"Invalid TValue in GetGetter for column #{column}: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    /// <summary>The getter of a column of any type, as a delegate.</summary>
    public static Delegate GetGetter(this DataViewRow row, DataViewSchema.Column column)
    {
        var type = column.Type.RawType;
        return type == typeof(float) ? row.GetGetter<float>(column)
            : type == typeof(VBuffer<float>) ? row.GetGetter<VBuffer<float>>(column)
            : (Delegate)Generic.Call(_getGetter, type, row, column);
    }

    private static readonly Func<DataViewRow, DataViewSchema.Column, Delegate> _getGetter = GetGetterTyped<int>;

    private static Delegate GetGetterTyped<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}

/// <summary>Calls a static generic method with a type known only at run time.</summary>
internal static class Generic
{
    /// <summary>Calls the generic method behind <paramref name="example"/> with <paramref name="type"/> in place of its own type argument. Exceptions come as they were thrown.</summary>
    public static object Call(Delegate example, Type type, params object[] arguments)
    {
        var method = example.Method.GetGenericMethodDefinition().MakeGenericMethod(type);
        return method.Invoke(example.Target, System.Reflection.BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }
}
