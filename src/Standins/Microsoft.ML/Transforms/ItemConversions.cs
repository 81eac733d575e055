using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>How one item type becomes another; which pairs there are is the official package's choice.</summary>
internal static class ItemConversions
{
    private static readonly Type[] _signed = [typeof(sbyte), typeof(short), typeof(int), typeof(long)];
    private static readonly Type[] _unsigned = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];
    private static readonly Type[] _real = [typeof(float), typeof(double)];

    /// <summary>A <c>Func&lt;from, to&gt;</c>, or null where there is no such conversion.</summary>
    public static Delegate Find(Type from, Type to)
    {
        if (from == typeof(ReadOnlyMemory<char>))
            return FromText(to);
        if (to == typeof(ReadOnlyMemory<char>))
            return ToText(from);
        if (from == to)
            return from == typeof(TimeSpan) ? null : (Delegate)Generic.Call((Func<Delegate>)Same<int>, from);
        bool toNumber = _real.Contains(to) || (_signed.Contains(to) && !_unsigned.Contains(from) && !_real.Contains(from)) || (_unsigned.Contains(to) && _unsigned.Contains(from));
        if (from == typeof(bool))
            return toNumber ? (Delegate)Generic.Call((Func<Delegate>)FromBool<int>, to) : null;
        if (IsNumber(from))
        {
            return to == typeof(bool) ? (Delegate)Generic.Call((Func<Delegate>)ToBool<int>, from)
                : toNumber ? (Delegate)typeof(ItemConversions).GetMethod(nameof(Number), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                    .MakeGenericMethod(from, to).Invoke(null, null)
                : null;
        }
        return to != typeof(long) && !_real.Contains(to) ? null
            : from == typeof(DateTime) ? Ticks((DateTime value) => value.Ticks, to)
            : from == typeof(TimeSpan) ? Ticks((TimeSpan value) => value.Ticks, to)
            : null;
    }

    /// <summary>A key as a key of another size, for those that can hold it.</summary>
    public static Delegate FindKey(KeyDataViewType from, Type to) =>
        !_unsigned.Contains(to) ? null : from.RawType == to ? (Delegate)Generic.Call((Func<Delegate>)Same<int>, to) : Find(from.RawType, to);

    /// <summary>An item as text, as conversions and text annotations write it.</summary>
    public static Func<T, ReadOnlyMemory<char>> Text<T>() =>
        typeof(T) == typeof(ReadOnlyMemory<char>) ? (Func<T, ReadOnlyMemory<char>>)(object)(Func<ReadOnlyMemory<char>, ReadOnlyMemory<char>>)(text => text) : (Func<T, ReadOnlyMemory<char>>)ToText(typeof(T));

    private static bool IsNumber(Type type) => _signed.Contains(type) || _unsigned.Contains(type) || _real.Contains(type);

    private static Delegate Same<T>() => (T value) => value;

    private static Delegate FromBool<T>()
        where T : INumberBase<T> => (bool value) => value ? T.One : T.Zero;

    private static Delegate ToBool<T>()
        where T : INumberBase<T> => (T value) => value != T.Zero;

    private static Delegate Number<TFrom, TTo>()
        where TFrom : INumberBase<TFrom>
        where TTo : INumberBase<TTo> => (TFrom value) => TTo.CreateTruncating(value);

    private static Delegate Ticks<T>(Func<T, long> ticks, Type to) =>
        to == typeof(long) ? ticks : to == typeof(float) ? (T value) => (float)ticks(value) : (T value) => (double)ticks(value);

    private static Delegate ToText(Type from) =>
        from == typeof(float) ? (float value) => value.ToString("G7", CultureInfo.InvariantCulture).AsMemory()
        : from == typeof(double) ? (double value) => value.ToString("G17", CultureInfo.InvariantCulture).AsMemory()
        : from == typeof(bool) ? (bool value) => (value ? "True" : "False").AsMemory()
        : from == typeof(DateTime) ? (DateTime value) => value.ToString("o", CultureInfo.InvariantCulture).AsMemory()
        : from == typeof(DateTimeOffset) ? (DateTimeOffset value) => value.ToString("o", CultureInfo.InvariantCulture).AsMemory()
        : from == typeof(TimeSpan) ? (TimeSpan value) => value.ToString("c", CultureInfo.InvariantCulture).AsMemory()
        : IsNumber(from) ? (Delegate)Generic.Call((Func<Delegate>)IntegerText<int>, from)
        : null;

    private static Delegate IntegerText<T>()
        where T : IFormattable => (T value) => value.ToString(null, CultureInfo.InvariantCulture).AsMemory();

    private static Delegate FromText(Type to) =>
        to == typeof(ReadOnlyMemory<char>) ? Same<ReadOnlyMemory<char>>()
        : to == typeof(bool) ? (ReadOnlyMemory<char> text) => ParseBool(text.Span)
        : to == typeof(float) ? (ReadOnlyMemory<char> text) => (float)ParseReal(text.Span)
        : to == typeof(double) ? (ReadOnlyMemory<char> text) => ParseReal(text.Span)
        : to == typeof(DateTime) ? (ReadOnlyMemory<char> text) => DateTime.TryParse(text.Span, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : default
        : to == typeof(DateTimeOffset) ? (ReadOnlyMemory<char> text) =>
            DateTimeOffset.TryParse(text.Span, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value) ? value : default
        : to == typeof(TimeSpan) ? (ReadOnlyMemory<char> text) => TimeSpan.TryParse(text.Span, CultureInfo.InvariantCulture, out var value) ? value : default
        : (Delegate)Generic.Call(_signed.Contains(to) ? (Func<Delegate>)SignedFromText<int> : UnsignedFromText<int>, to);

    private static Delegate SignedFromText<T>()
        where T : IBinaryInteger<T> => (ReadOnlyMemory<char> text) =>
            text.Length == 0 ? T.Zero
            : T.TryParse(text.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
            : throw new InvalidOperationException($"Value could not be parsed from text to {Keyword(typeof(T))}.");

    private static Delegate UnsignedFromText<T>()
        where T : IBinaryInteger<T> => (ReadOnlyMemory<char> text) =>
            T.TryParse(text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : T.Zero;

    private static string Keyword(Type type) => type == typeof(sbyte) ? "sbyte" : type == typeof(short) ? "short" : type == typeof(int) ? "int" : "long";

    private static double ParseReal(ReadOnlySpan<char> text) =>
        text.Length == 0 ? 0
        : double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value) ? value
        : double.NaN;

    private static bool ParseBool(ReadOnlySpan<char> text)
    {
        string[] yes = ["true", "yes", "t", "y", "on", "1", "+1", "+"];
        foreach (string word in yes)
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
