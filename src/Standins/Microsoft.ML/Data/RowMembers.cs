using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>The members of a class behind the columns of a schema definition.</summary>
internal static class RowMembers
{
    public static MemberInfo Find(Type rowType, SchemaDefinition.Column column)
    {
        const BindingFlags instance = BindingFlags.Instance | BindingFlags.Public;
        return (MemberInfo)rowType.GetField(column.MemberName, instance) ?? rowType.GetProperty(column.MemberName, instance)
            ?? throw new ArgumentOutOfRangeException("userSchemaDefinition", $"No field or property with name '{column.MemberName}' found in type '{rowType.FullName}'");
    }

    /// <summary>A compiled <c>Func&lt;TRow, member type&gt;</c>.</summary>
    public static Delegate Reader(Type rowType, MemberInfo member)
    {
        var row = Expression.Parameter(rowType);
        return Expression.Lambda(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    /// <summary>A compiled <c>Action&lt;TRow, member type&gt;</c>.</summary>
    public static Delegate Writer(Type rowType, MemberInfo member)
    {
        var row = Expression.Parameter(rowType);
        var value = Expression.Parameter(SchemaDefinition.MemberTypeOf(member));
        var assign = Expression.Assign(Expression.MakeMemberAccess(row, member), value);
        return Expression.Lambda(typeof(Action<,>).MakeGenericType(rowType, value.Type), assign, row, value).Compile();
    }

    /// <summary>Whether a member of this type can hold the values of a column.</summary>
    public static bool Fits(Type memberType, DataViewType columnType)
    {
        var item = SchemaDefinition.RawItemOf(memberType, out bool isVector);
        var columnItem = columnType.ItemType().RawType;
        return isVector == columnType is VectorDataViewType
            && (item == columnItem || (item == typeof(string) && columnItem == typeof(ReadOnlyMemory<char>)));
    }
}

/// <summary>The members of rows as getters over a current row.</summary>
internal static class RowGetters<TRow>
    where TRow : class
{
    /// <summary>The current row, shared by the getters of one cursor.</summary>
    public sealed class Current
    {
        private TRow _row;

        public TRow Row
        {
            get => _row ?? throw Errors.NoRow();
            set => _row = value;
        }
    }

    /// <summary>Given the current row, a getter for the member; made once a column, used by every cursor.</summary>
    public static Func<Current, Delegate> Make(MemberInfo member, DataViewType columnType)
    {
        var reader = RowMembers.Reader(typeof(TRow), member);
        var type = SchemaDefinition.MemberTypeOf(member);
        var item = SchemaDefinition.RawItemOf(type, out bool isVector);
        if (type == typeof(string))
            return Text((Func<TRow, string>)reader);
        if (type == typeof(string[]))
            return Texts((Func<TRow, string[]>)reader);
        if (columnType is KeyDataViewType key)
            return (Func<Current, Delegate>)Generic.Call((Func<Func<TRow, uint>, ulong, Func<Current, Delegate>>)Key, item, reader, key.Count);
        Func<Func<TRow, int>, Func<Current, Delegate>> scalar = Scalar;
        Func<Func<TRow, int[]>, Func<Current, Delegate>> array = Array;
        Func<Func<TRow, VBuffer<int>>, Func<Current, Delegate>> buffer = Buffer;
        return (Func<Current, Delegate>)(!isVector ? Generic.Call(scalar, item, reader)
            : type.IsArray ? Generic.Call(array, item, reader)
            : Generic.Call(buffer, item, reader));
    }

    private static Func<Current, Delegate> Scalar<T>(Func<TRow, T> read) =>
        current => (ValueGetter<T>)((ref T value) => value = read(current.Row));

    // A member counts its categories from 0, a column from 1, with 0 for what is missing or beyond the count. Vectors of keys are taken as they are.
    private static Func<Current, Delegate> Key<T>(Func<TRow, T> read, ulong count)
        where T : unmanaged, IBinaryInteger<T> =>
        current => (ValueGetter<T>)((ref T value) =>
        {
            value = read(current.Row);
            value = ulong.CreateTruncating(value) < count ? value + T.One : T.Zero;
        });

    private static Func<Current, Delegate> Text(Func<TRow, string> read) =>
        current => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = read(current.Row).AsMemory());

    private static Func<Current, Delegate> Array<T>(Func<TRow, T[]> read) => current => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        ReadOnlySpan<T> source = read(current.Row);
        var editor = VBufferEditor.Create(ref value, source.Length);
        source.CopyTo(editor.Values);
        value = editor.Commit();
    });

    private static Func<Current, Delegate> Texts(Func<TRow, string[]> read) => current => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
    {
        ReadOnlySpan<string> source = read(current.Row);
        var editor = VBufferEditor.Create(ref value, source.Length);
        for (int i = 0; i < source.Length; i++)
            editor.Values[i] = source[i].AsMemory();
        value = editor.Commit();
    });

    private static Func<Current, Delegate> Buffer<T>(Func<TRow, VBuffer<T>> read) =>
        current => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => read(current.Row).CopyTo(ref value));
}

/// <summary>The members of rows filled from the columns of a cursor.</summary>
internal static class RowSetters<TRow>
{
    /// <summary>Given a row of columns, an action that fills the member; made once a column.</summary>
    public static Func<DataViewRow, Action<TRow>> Make(MemberInfo member, DataViewSchema.Column column)
    {
        var type = SchemaDefinition.MemberTypeOf(member);
        var writer = RowMembers.Writer(typeof(TRow), member);
        if (type == typeof(string))
            return Text((Action<TRow, string>)writer, column);
        if (type == typeof(string[]))
            return Texts((Action<TRow, string[]>)writer, column);
        var item = SchemaDefinition.RawItemOf(type, out bool isVector);
        Func<Action<TRow, int>, DataViewSchema.Column, Func<DataViewRow, Action<TRow>>> scalar = Scalar;
        Func<Action<TRow, int[]>, Func<TRow, int[]>, DataViewSchema.Column, Func<DataViewRow, Action<TRow>>> array = Array;
        Func<Action<TRow, VBuffer<int>>, DataViewSchema.Column, Func<DataViewRow, Action<TRow>>> buffer = Buffer;
        return (Func<DataViewRow, Action<TRow>>)(!isVector ? Generic.Call(scalar, item, writer, column)
            : type.IsArray ? Generic.Call(array, item, writer, member is PropertyInfo { CanRead: false } ? null : RowMembers.Reader(typeof(TRow), member), column)
            : Generic.Call(buffer, item, writer, column));
    }

    private static Func<DataViewRow, Action<TRow>> Scalar<T>(Action<TRow, T> write, DataViewSchema.Column column) => input =>
    {
        var get = input.GetGetter<T>(column);
        T value = default;
        return row =>
        {
            get(ref value);
            write(row, value);
        };
    };

    private static Func<DataViewRow, Action<TRow>> Text(Action<TRow, string> write, DataViewSchema.Column column) => input =>
    {
        var get = input.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return row =>
        {
            get(ref value);
            write(row, value.ToString());
        };
    };

    private static Func<DataViewRow, Action<TRow>> Texts(Action<TRow, string[]> write, DataViewSchema.Column column) => input =>
    {
        var get = input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return row =>
        {
            get(ref value);
            write(row, [.. value.DenseValues().Select(text => text.ToString())]);
        };
    };

    // An array of the right length is written over: a row object that is reused costs no allocation.
    private static Func<DataViewRow, Action<TRow>> Array<T>(Action<TRow, T[]> write, Func<TRow, T[]> read, DataViewSchema.Column column) => input =>
    {
        var get = input.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return row =>
        {
            get(ref value);
            var array = read?.Invoke(row);
            if (array is null && value.Length == 0)
                return;
            if (array?.Length != value.Length)
                write(row, array = new T[value.Length]);
            value.CopyTo(array);
        };
    };

    // The row gets a buffer of its own: the getter's is overwritten by the next row.
    private static Func<DataViewRow, Action<TRow>> Buffer<T>(Action<TRow, VBuffer<T>> write, DataViewSchema.Column column) => input =>
    {
        var get = input.GetGetter<VBuffer<T>>(column);
        return row =>
        {
            VBuffer<T> value = default;
            get(ref value);
            write(row, value);
        };
    };
}
